"""The accuracy on the target comes first, then every score in a column."""

from __future__ import annotations

from hostile import NAMES, unseen

from dann.engine.score_sheet import score_sheet

SCORES = {
    'val/infomax': 0.25,
    'diagnostic/critic_accuracy': 0.5,
    'source/test_accuracy': 0.9,
    'oracle/target_val_accuracy': 0.5,
    'oracle/target_test_accuracy': 0.58334,
    'own': 1.0,
}


def test_the_target_comes_first() -> None:
    lines = score_sheet(SCORES, 'toy/b').splitlines()
    assert lines[0] == 'Target accuracy: 0.5833 (test split), 0.5000 (validation split) of toy/b'
    assert lines[1] == ''
    assert [line.split()[0] for line in lines[2:]] == [
        'oracle/target_test_accuracy',
        'oracle/target_val_accuracy',
        'source/test_accuracy',
        'val/infomax',
        'diagnostic/critic_accuracy',
        'own',
    ]
    assert lines[2].split()[1] == '0.5833'
    assert len({line.index('.') for line in lines[2:]}) == 1


def test_a_target_without_labels_has_no_accuracy() -> None:
    shown = score_sheet({'val/atc': 0.5}, 'toy/b').splitlines()
    assert (
        shown[0]
        == 'Target accuracy: not known, toy/b has no labels; val/atc, val/doc and val/cot estimate it'
    )


def test_names_of_groups_harm_no_terminal() -> None:
    text = score_sheet({f'oracle/group/{name}/accuracy': 0.5 for name in NAMES}, 'toy/b')
    assert unseen(text) <= {'\n'}
    assert len(text.splitlines()) == 2 + len(NAMES)
