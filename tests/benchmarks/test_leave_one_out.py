"""The rule that is chosen without a benchmark, and the page that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks_fake import record, write_folder, write_job

from dann import cli
from dann.benchmarks.judging import judge, pools
from dann.benchmarks.leave_one_out import by_benchmark, cheapest, cost, leave_one_out
from dann.benchmarks.records import Record
from dann.documents.model_selection import model_selection
from dann.documents.rankings import keep_rankings, read_rankings
from dann.errors import CheckError, RunError


def candidates(benchmark: str, **scores: tuple[float, float]) -> list[Record]:
    """Two evaluations, at 0.5 and 0.8 of target accuracy, with each rule's scores of the two."""
    return [
        record(
            'dann',
            0,
            step,
            benchmark=benchmark,
            run=f'dann-seed0-{benchmark}',
            scores={
                'oracle/target_val_accuracy': accuracy,
                'oracle/target_test_accuracy': accuracy,
                **{f'val/{name}': pair[place] for name, pair in scores.items()},
            },
        )
        for place, (step, accuracy) in enumerate([(10, 0.5), (20, 0.8)])
    ]


RISING, FALLING = (1.0, 2.0), (2.0, 1.0)
THREE = [
    *candidates('one', good=RISING, odd=FALLING, source_accuracy=FALLING),
    *candidates('two', good=RISING, odd=FALLING, source_accuracy=RISING),
    *candidates('three', good=FALLING, odd=RISING, source_accuracy=RISING),
]


def test_cost_is_the_mean_of_both_regrets() -> None:
    verdict = judge(pools(candidates('one', odd=FALLING)), 'val/odd')
    assert verdict is not None
    assert cost(verdict) == pytest.approx(0.3)


def test_each_benchmark_is_left_out_in_turn() -> None:
    held = {each.benchmark: each for each in leave_one_out(THREE)}
    assert list(held) == ['one', 'three', 'two']
    # without three, val/good and last are right twice, and the name decides
    assert held['three'].chosen == 'last'
    assert cost(held['three'].regret) == 0
    assert held['one'].chosen == 'last'


def test_the_rule_chosen_on_the_others_may_fail_on_the_one_left_out() -> None:
    two = [each for each in THREE if each['benchmark'] in ('one', 'three')]
    for each in two:
        each['scores'].pop('oracle/target_val_accuracy')
        each['scores']['oracle/target_val_accuracy'] = each['scores']['oracle/target_test_accuracy']
    found = by_benchmark(two)
    assert cheapest({'one': found['one']}) in ('last', 'val/good')
    assert cost(found['three']['val/good']) == pytest.approx(0.3)


def test_one_benchmark_cannot_be_left_out() -> None:
    with pytest.raises(CheckError, match='at least 2 benchmarks, got 1; name more folders'):
        leave_one_out(candidates('one', good=RISING))


def suite(root: Path) -> Path:
    for name in ('one', 'two', 'three'):
        folder = write_folder(root / name, {}, pictures=False)
        write_job(folder, [each for each in THREE if each['benchmark'] == name], pictures=False)
    return root


def test_the_page_is_written_from_what_was_kept(tmp_path: Path) -> None:
    keep_rankings([suite(tmp_path / 'runs')], tmp_path)
    found = read_rankings(tmp_path)
    assert found is not None
    assert found.chosen == 'last'
    page = model_selection(found, 'val/good')
    assert '| three    | `last`               | 0.0' in page
    assert 'The default is `val/good` nevertheless' in page
    assert '### All benchmarks' in page
    assert '3 seeds' not in page


def test_without_figures_the_page_says_so(tmp_path: Path) -> None:
    assert read_rankings(tmp_path) is None
    assert 'Not measured yet' in model_selection(None, 'val/infomax')


def test_a_corrupt_file_names_the_command(tmp_path: Path) -> None:
    (tmp_path / 'results').mkdir()
    (tmp_path / 'results' / 'model-selection.json').write_text('{')
    with pytest.raises(RunError, match='write it anew with `dann docs --rankings DIR`'):
        read_rankings(tmp_path)


def test_the_command_keeps_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = suite(tmp_path / 'runs')
    assert cli.main(['docs', '--out', str(tmp_path / 'docs'), '--rankings', str(root)]) == 0
    assert 'Rankings: ' in capsys.readouterr().out
    assert (tmp_path / 'docs' / 'model-selection.md').exists()
