"""One benchmark on all sources, and one without each."""

from __future__ import annotations

from typing import Any

import pytest

from dann.benchmarks.plan.without_each import rows_of_each, without_each
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
    grouped = folder('b') | {'init_args': {**folder('b')['init_args'], 'groups': 'camera'}}
    found = without_each('mine', config(folder('a'), grouped) | {'methods': ROWS})
    assert 'vrex' in found['without-a']['methods']
    more = without_each('mine', config(folder('a'), folder('b'), folder('c')) | {'methods': ROWS})
    assert more['without-a']['methods'] == ROWS


def without_a(rows: dict[str, Any], *domains: dict[str, Any], **more: Any) -> list[str]:
    """The rows of the benchmark without the first source."""
    given = domains or (folder('a'), folder('b'))
    return [*without_each('mine', config(*given) | {'methods': rows} | more)['without-a']['methods']]


def test_a_row_that_sets_more_sources_aside_needs_more_to_be_left() -> None:
    rows = {'plain': None, 'two': {'class_path': 'MLDG', 'init_args': {'meta_test': 2}}, 'one': ROWS['mldg']}
    three = folder('a'), folder('b'), folder('c')
    assert without_a(rows, *three) == ['plain', 'one']
    assert without_a({**rows, 'two': {'class_path': 'MLDG', 'meta_test': 2}}, *three) == ['plain', 'one']
    assert without_a(rows, *three, folder('d')) == ['plain', 'two', 'one']


def test_options_may_stand_anywhere_and_are_shared_unless_a_row_has_its_own() -> None:
    assert without_a({'plain': None, 'inside': {'init_args': {'fairness': 'VREx'}}}) == ['plain']
    shared = {'class_path': 'AdaptationModule', 'init_args': {'fairness': 'GroupDRO'}}
    rows = {'mine': None, 'weighted': {'fairness': 'ClassWeights'}, 'mcd': {'class_path': 'MCD'}}
    assert without_a(rows, model=shared) == ['weighted']
    assert without_a({'mine': None, 'mcd': {'class_path': 'MCD'}}, model={'class_path': 'Fish'}) == ['mcd']


def test_groups_that_are_set_to_nothing_are_none() -> None:
    ungrouped = folder('b') | {'init_args': {**folder('b')['init_args'], 'groups': None}}
    assert without_a({'plain': None, 'vrex': ROWS['vrex']}, folder('a'), ungrouped) == ['plain']


def test_what_is_left_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    found = without_each('mine', config(folder('a'), folder('b')) | {'methods': ROWS})
    assert rows_of_each(found, ['mldg', 'dann']) == {
        'all-sources': ['dann', 'mldg'], 'without-a': ['dann'], 'without-b': ['dann'],
    }  # fmt: skip
    assert capsys.readouterr().err.splitlines() == [
        f'dann: mldg is left out of without-{name}: it trains across more sources than are left'
        for name in 'ab'
    ]
    assert rows_of_each(found, None)['all-sources'] == [*ROWS]


def test_a_study_without_anything_to_compare_is_refused() -> None:
    found = without_each('mine', config(folder('a'), folder('b')) | {'methods': ROWS})
    with pytest.raises(UserError, match='no row left without any of the sources, as mldg trains across more'):
        rows_of_each(found, ['mldg'])
