"""Rows with some labels of the target."""

from __future__ import annotations

from typing import Any

import pytest
from harness import configuration

from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.plan.labelled import counts_of, labelled
from dann.core.errors import UserError

ROWS: dict[str, dict[str, Any]] = {
    'source_only': {},
    'dann': {'alignment': 'DANN'},
    'coral': {'alignment': 'CORAL'},
    'few': {'shots': 3},
    'top': {'reference': True},
}


def test_counts_are_numbers_in_order_and_all_is_last() -> None:
    assert counts_of(['all', '20', '1', '5', '1']) == [1, 5, 20, 'all']


@pytest.mark.parametrize('typed', ['0', '-1', 'some', '1.5', '²', '9' * 40])
def test_what_is_no_count_is_named(typed: str) -> None:
    with pytest.raises(UserError, match=r'expected `--labels` above 0 or `all`.*write --labels 1 5 all'):
        counts_of([typed])


def test_every_row_stands_with_and_without_labels() -> None:
    found = labelled(configuration(methods=ROWS), [1, 'all'], ['dann', 'top'])['methods']
    assert [*found] == [
        'source_only',
        'source_only+1-labels',
        'source_only+all-labels',
        'dann',
        'dann+1-labels',
        'dann+all-labels',
        'top',
    ]
    assert found['dann+1-labels'] == {'alignment': 'DANN', 'shots': 1}
    assert 'few+1-labels' not in labelled(configuration(methods=ROWS), [1], None)['methods']


def test_the_jobs_give_labels_away() -> None:
    plan = benchmark('toy', labelled(configuration(methods=ROWS), [2, 'all'], ['coral']))
    shots = {job.method: job.config['data'].get('shots') for job in plan.jobs()}
    assert shots['coral+2-labels'] == 2
    assert shots['source_only+all-labels'] == 'all'
    assert shots['coral'] is None


def test_what_cannot_be_compared_is_named() -> None:
    with pytest.raises(UserError, match='compares with fine-tuning from `source_only`; add that row'):
        labelled(configuration(methods={'dann': {'alignment': 'DANN'}}), [1], None)
    with pytest.raises(UserError, match="unknown method 'mmd'; choose from coral, dann"):
        labelled(configuration(methods=ROWS), [1], ['mmd'])
