"""One benchmark on all sources, and one without each."""

from __future__ import annotations

from typing import Any

import pytest

from dann.benchmarks.plan.without_each import rows_of, without_each
from dann.core.errors import UserError


def config(*domains: dict[str, Any]) -> dict[str, Any]:
    return {'title': 'Three', 'steps': 5, 'data': {'source': list(domains), 'target': {'class_path': 'USPS'}}}


def folder(domain: str) -> dict[str, Any]:
    return {'class_path': 'Folder', 'init_args': {'root': 'photos', 'domain': domain}}


def test_each_source_is_left_out_once() -> None:
    asked = config(folder('a'), folder('b'), folder('c'))
    found = without_each('mine', asked)
    assert [*found] == ['all-sources', 'without-a', 'without-b', 'without-c']
    assert found['all-sources'] == asked
    assert found['without-b']['data']['source'] == [folder('a'), folder('c')]
    assert found['without-b']['title'] == 'Three, without b'
    assert found['without-b']['steps'] == 5


def test_of_two_sources_one_is_left_alone() -> None:
    assert without_each('mine', config(folder('a'), folder('b')))['without-a']['data']['source'] == folder(
        'b'
    )


def test_names_are_folders_and_different() -> None:
    found = without_each(
        'mine', config(folder('../x y'), folder('b'), folder('b'), {'class_path': 'my.MNIST'})
    )
    assert [*found][1:] == ['without-x-y', 'without-b-2', 'without-b-3', 'without-MNIST']


def test_one_source_cannot_be_left_out() -> None:
    alone = {'data': {'source': folder('a'), 'target': folder('t')}}
    with pytest.raises(UserError, match=r'mine has one; name more, as --source A B C'):
        without_each('mine', alone)


ROWS: dict[str, Any] = {
    'source_only': None,
    'dann': {'alignment': 'DANN'},
    'mdan': {'class_path': 'MDAN'},
    'mldg': {'class_path': 'MLDG'},
    'vrex': {'fairness': {'class_path': 'VREx', 'init_args': {'weight': 1.0}}},
    'weighted': {'fairness': 'ClassWeights'},
}


def test_rows_that_train_across_sources_have_no_place_on_one() -> None:
    found = without_each('mine', config(folder('a'), folder('b')) | {'methods': ROWS})
    assert found['all-sources']['methods'] == ROWS
    assert [*found['without-a']['methods']] == ['source_only', 'dann', 'mdan', 'weighted']
    assert rows_of(found['without-a'], ['mldg', 'dann']) == ['dann']
    assert rows_of(found['without-a'], None) is None
    grouped = folder('b') | {'init_args': {**folder('b')['init_args'], 'groups': 'camera'}}
    found = without_each('mine', config(folder('a'), grouped) | {'methods': ROWS})
    assert 'vrex' in found['without-a']['methods']
    more = without_each('mine', config(folder('a'), folder('b'), folder('c')) | {'methods': ROWS})
    assert more['without-a']['methods'] == ROWS
