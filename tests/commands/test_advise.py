"""``dann advise`` as a user runs it, on the toy pair, and what it never opens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from harness import assert_refused, configuration, write
from toy import Toy

from dann.advising.trial import Asked
from dann.benchmarks.results.opened import Results

Run = Callable[..., tuple[int, str, str]]
QUICK = ('--steps', '4', '--methods', 'mmd', '--workers', '1')


@pytest.fixture(autouse=True)
def _one_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Asked.trial, '__defaults__', (1,))


def toy(folder: Path, **target: str) -> str:
    folder.mkdir(exist_ok=True)
    sizes = {'train': 60, 'val': 24, 'test': 24}
    data = configuration()['data']
    data['source']['init_args'] |= sizes
    data['target']['init_args'] |= sizes | target
    return write(folder, data=data, seeds=1, steps=8, evaluations=1)


def test_options_are_tried_and_full_training_judges_the_advice(run: Run, tmp_path: Path) -> None:
    out = tmp_path / 'out'
    status, said, _ = run(
        'advise', toy(tmp_path), *QUICK, '--labels', '5', '--confirm', '--out', str(out), '--json'
    )
    assert status == 0
    found = json.loads(said)
    assert found == json.loads((out / 'advice.json').read_text())
    options = {'source_only', 'mmd', 'source_only+labels', 'mmd+labels', 'target_only', 'head_only'}
    assert found['outcome']['accuracies'].keys() == found['figures']['tried'].keys() == options
    assert (found['figures']['labels'], found['figures']['held'], found['figures']['steps']) == (5, 1, 4)
    assert all(each['held_out'] is not None for each in found['figures']['tried'].values())
    last = {
        records[0]['method']: records[-1]['scores']
        for records in Results.open(next(out.glob('full-*'))).jobs.values()
    }
    for option, accuracies in found['outcome']['accuracies'].items():
        if option != 'head_only':
            assert accuracies['0'] == pytest.approx(last[option]['oracle/target_test_accuracy'])
    assert found['figures']['tried']['target_only']['source'] is None  # its source is the target
    assert (out / 'advice.md').read_text().startswith('**toy/a to toy/b: ')
    again, said_again, errors = run(
        'advise', toy(tmp_path), *QUICK, '--labels', '5', '--confirm', '--out', str(out), '--json'
    )
    assert (again, json.loads(said_again)) == (0, found)
    assert 'jobs to run' not in errors


@pytest.mark.slow
def test_figures_do_not_depend_on_target_labels_that_are_not_given(run: Run, tmp_path: Path) -> None:
    def tried(folder: str, *, scrambled: bool) -> object:
        root = tmp_path / folder
        path = toy(root, root=str(root))
        if scrambled:
            scramble(Toy('b', root=str(root), train=60, val=24, test=24))
        status, said, _ = run('advise', path, *QUICK, '--out', str(root / 'out'), '--json')
        assert status == 0
        found = json.loads(said)['figures']
        found.pop('domains')  # the manifests tell of the labels' files
        for each in found['tried'].values():
            each.pop('seconds')
        return found

    assert tried('true', scrambled=False) == tried('false', scrambled=True)


def scramble(target: Toy) -> None:
    """Set every label on disk to zero, and let the manifest agree."""
    target.prepare()
    manifest = json.loads((target.folder / 'manifest.json').read_text())
    for path in target.folder.glob('*.labels.npy'):
        np.save(path, np.zeros_like(np.load(path)))
        manifest['sha256'][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (target.folder / 'manifest.json').write_text(json.dumps(manifest))


@pytest.mark.slow
def test_halves_of_a_domain_are_a_pair(run: Run, tmp_path: Path) -> None:
    status, said, _ = run(
        'advise', toy(tmp_path), *QUICK, '--halves', 'source', '--out', str(tmp_path / 'out')
    )
    assert status == 0
    assert 'toy/a, first half to toy/a, second half' in said
    assert 'needs --labels' in said


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (('--labels', '1'), ('`--labels` of at least 2', 'held out')),
        (('--labels', '21'), ('has 20 samples, needs 21',)),
        (('--labels', '19'), ('leave 3 unlabelled training samples',)),
        (('--minutes', 'inf'), ('expected `--minutes` above 0',)),
        (('--minutes', '0'), ('expected `--minutes` above 0',)),
        (('--steps', '0'), ('expected `--steps` above 0',)),
        (('--minutes', '1', '--steps', '5'), ('name one of them',)),
        (('--methods', 'mdm'), ("unknown row 'mdm'", 'did you mean')),
        (('--methods', 'source_only'), ('is compared with anyway',)),
        (('--rules', 'nowhere.Rule'), ('cannot import rule',)),
        (('--severity', '0.5'), ('has no severity',)),
        (('--source', 'a'), ('is for a folder',)),
    ],
)
def test_mistakes_are_a_line(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    answer = run('advise', toy(tmp_path), *arguments, '--out', str(tmp_path / 'out'))
    assert_refused(answer, *words)
    assert not (tmp_path / 'out').exists()


def test_a_suite_is_refused(run: Run) -> None:
    assert_refused(run('advise', 'catalogue'), 'is several benchmarks; name one')
