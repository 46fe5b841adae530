"""The figures of the run that a model is a part of."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks_fake import write_folder

from dann.benchmarks.report.of_model import numbers

ROWS = {'source_only': (0.4, 0.42), 'dann': (0.5, 0.54), 'target_supervised': (0.9, 0.9)}


def test_the_row_is_said_with_its_intervals_and_the_seed(tmp_path: Path) -> None:
    weights = next(write_folder(tmp_path, ROWS, pictures=False).glob('jobs/dann-*')) / 'weights.pt'
    lines = numbers(weights, {'row': 'dann', 'seed': 1})
    assert lines[0].startswith('- accuracy on the target test split, in %: ')
    assert 'both of 2 seeds, by val/infomax' in lines[0]
    assert lines[1].startswith('- difference from source-only, in points: +')
    assert lines[-1] == '- this model is the one of seed 1'


def test_one_seed_has_no_interval(tmp_path: Path) -> None:
    rows = {name: values[:1] for name, values in ROWS.items()}
    weights = next(write_folder(tmp_path, rows, pictures=False).glob('jobs/dann-*')) / 'weights.pt'
    assert 'over one seed, so that there is no interval' in numbers(weights, {'row': 'dann'})[0]


@pytest.mark.parametrize('card', [{}, {'row': 'mmd'}])
def test_nothing_is_said_of_a_row_that_is_not_there(card: dict[str, str], tmp_path: Path) -> None:
    weights = next(write_folder(tmp_path, ROWS, pictures=False).glob('jobs/dann-*')) / 'weights.pt'
    assert numbers(weights, card) == []


def test_nothing_is_said_without_the_run(tmp_path: Path) -> None:
    assert numbers(tmp_path / 'weights.pt', {'row': 'dann'}) == []
    (tmp_path / 'benchmark.yaml').write_text('{}')
    assert numbers(tmp_path / 'jobs' / 'a' / 'weights.pt', {'row': 'dann'}) == []


def test_three_seeds_have_an_interval(tmp_path: Path) -> None:
    rows = {'source_only': (0.4, 0.42, 0.41), 'dann': (0.5, 0.54, 0.52)}
    weights = next(write_folder(tmp_path, rows, pictures=False).glob('jobs/dann-*')) / 'weights.pt'
    said = numbers(weights, {'row': 'dann', 'seed': 1})[0]
    assert said.endswith('49.0 ± 5.0, over 3 seeds (95 % Student-t interval), by val/infomax')
