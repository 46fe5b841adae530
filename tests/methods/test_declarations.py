"""What every method says of itself, for all that are found."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import pytest
from training import ALIGNMENTS, METHODS, STYLES, TRAINING, make, module

from dann.benchmarks.plan.schema import SHARED
from dann.core.batch_norm import BatchNormPolicy
from dann.core.families import FAMILIES
from dann.core.search_space import Categorical, Float, Int
from dann.engine.module import AdaptationModule
from dann.methods.alignment.together import Together

KINDS: dict[str, Any] = ALIGNMENTS | STYLES | TRAINING
ALONE = [name for name in METHODS if name != 'Together']  # which only adds up others
UNDECLARED = {'alignment', 'combined', 'few labels', 'reference'}  # given to what declares no family


def options(kind: Any) -> dict[str, inspect.Parameter]:
    """The constructor's own options, and those that it hands on to a method it derives from."""
    found: dict[str, inspect.Parameter] = {}
    for each in kind.__mro__:
        if each is AdaptationModule:
            break
        parameters = inspect.signature(each.__init__).parameters.values()
        found = {part.name: part for part in parameters if part.name not in ('self', *SHARED)} | found
        if all(part.kind is not inspect.Parameter.VAR_KEYWORD for part in parameters):
            break
    return {name: part for name, part in found.items() if part.kind is not inspect.Parameter.VAR_KEYWORD}


@pytest.mark.parametrize('name', ALONE)
def test_the_docstring_says_what_it_is_where_it_is_from_and_when_it_fails(name: str) -> None:
    text = inspect.getdoc(KINDS[name]) or ''
    assert text.splitlines()[0].endswith('.')
    assert '\nReference:\n' in text
    assert '\nFails when:\n' in text
    assert text.index('\nFails when:\n') < text.index('\nReference:\n')


@pytest.mark.parametrize('name', ALONE)
def test_the_family_is_one_that_tables_know(name: str) -> None:
    assert KINDS[name].family in FAMILIES.keys() - UNDECLARED


@pytest.mark.parametrize('name', ALONE)
def test_every_number_has_a_range_that_holds_its_default(name: str) -> None:
    kind = KINDS[name]
    known = options(kind)
    assert kind.search.keys() <= known.keys()
    numbers = {key for key, option in known.items() if option.annotation in ('float', float)}
    assert numbers <= kind.search.keys()
    for key, where in kind.search.items():
        default = known[key].default
        if isinstance(where, Float | Int):
            assert where.low <= default <= where.high, key
            assert isinstance(where, Int) == (known[key].annotation in ('int', int)), (
                key
            )  # else a search draws whole numbers alone
        else:
            assert isinstance(where, Categorical)
            plain = list(default) if isinstance(default, tuple) else default  # as YAML has it
            assert plain in where.options, key


@pytest.mark.parametrize('name', ALONE)
def test_every_option_is_documented(name: str) -> None:
    documented = ''.join(inspect.getdoc(each) or '' for each in KINDS[name].__mro__)
    for key in options(KINDS[name]):
        assert f'{key}:' in documented, key


@pytest.mark.parametrize('name', METHODS)
def test_further_rows_are_rows_of_a_benchmark(name: str) -> None:
    for key, row in KINDS[name].rows.items():
        assert key == key.lower()
        assert row.keys() <= {'alignment', 'style', 'class_path', 'init_args', 'shots'}


def test_methods_in_which_two_players_train_say_so() -> None:
    adversarial = {name for name, kind in KINDS.items() if kind.family == 'adversarial'}
    # BSP has no second player, and the one of SDAT is its alignment's
    games = adversarial - {'BSP', 'SDAT'} | {'CycleGAN', 'CyCADA', 'CUT'}
    assert {name for name, kind in KINDS.items() if kind.recommended} == games
    assert {KINDS[name].recommended['momentum'] for name in games} == {0.5}


@pytest.mark.parametrize('name', ALONE)
def test_a_network_follows_the_batch_norm_policy_of_the_method_unless_it_is_told_another(name: str) -> None:
    declared = KINDS[name].batch_norm_policy if name not in STYLES else None
    forced = 'domain_specific' if name == 'AdaBN' else None
    assert module(make(name)).network.batch_norm == (forced or declared or 'joint')
    for policy in get_args(BatchNormPolicy):
        assert module(make(name), batch_norm=policy).network.batch_norm == (forced or policy)


def test_the_batch_norm_policies_are_those_of_the_authors_code() -> None:
    declared = {name: kind.batch_norm_policy for name, kind in KINDS.items() if name not in STYLES}
    apart = {
        'MCD',
        'MME',
        'VADA',
        'DIRTT',
        'VAT',
        'FixMatch',
        'MeanTeacher',
        'BNM',
        'MinEntropy',
        'AFN',
        'LMMD',
    }
    assert {name for name, policy in declared.items() if policy == 'separate'} == apart
    assert {declared[name] for name in ('DANN', 'CDAN', 'MDD', 'MCC', 'MMD')} == {'joint'}


def test_a_style_that_mixes_both_domains_gets_them_in_one_batch() -> None:
    for name in ('BNM', 'MCD'):
        assert module(make(name), style=STYLES['MixStyle']()).network.batch_norm == 'joint'


def test_several_alignments_pass_batch_norm_jointly_unless_all_ask_for_another_policy() -> None:
    alike = Together([ALIGNMENTS['BNM'](), ALIGNMENTS['AFN']()])
    assert module(alike).network.batch_norm == 'separate'
    apart, by_domain = ALIGNMENTS['BNM'](), ALIGNMENTS['DANN']()
    assert module(Together([apart, by_domain])).network.batch_norm == 'joint'
    by_domain.batch_norm_policy = 'domain_specific'
    assert module(Together([apart, by_domain])).network.batch_norm == 'joint'
