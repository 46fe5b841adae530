"""Class tables cannot be written into, and are copied where somebody needs plain ones."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
import yaml
from training import METHODS

from dann import Alignment, Style, Validator
from dann.core.alignment import Alignment as Base
from dann.core.frozen import freeze_tables, frozen, thawed
from dann.core.registry import registered
from dann.core.search_space import Float
from dann.datasets.base import DomainDataset
from dann.engine.catalogue import rows
from dann.engine.module import AdaptationModule

TABLE = {'a': {'layers': ['features', ['x']], 'weight': 1.0}, 'b': {1, 2}}


def test_every_level_is_frozen_and_thaws_to_an_equal_copy() -> None:
    table = frozen(TABLE)
    with pytest.raises(TypeError):
        table['c'] = 1
    with pytest.raises(TypeError):
        table['a']['weight'] = 2.0
    with pytest.raises(TypeError):
        table['a']['layers'][1][0] = 'y'
    with pytest.raises(AttributeError):
        table['b'].add(3)
    copy = thawed(frozen(TABLE['a']))
    assert copy == TABLE['a']
    copy['layers'][1].append('y')
    assert TABLE['a']['layers'] == ['features', ['x']]  # type: ignore[index]


def test_values_that_are_no_tables_stay_as_they_are() -> None:
    where = Float(0.1, 1.0)
    assert frozen({'weight': where})['weight'] is where
    assert frozen('text') == 'text'
    assert thawed(where) is where


def test_a_class_freezes_what_it_declares_and_leaves_the_rest() -> None:
    class Kind:
        rows: ClassVar[Any] = {'more': {'alignment': 'X'}}
        names: ClassVar[Any] = ['a']
        text = 'plain'

    freeze_tables(Kind)
    assert (Kind.names, Kind.text) == (('a',), 'plain')
    with pytest.raises(TypeError):
        Kind.rows['less'] = {}


def tables(kind: type[Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in vars(kind).items() if not name.startswith('_')]


@pytest.mark.parametrize(
    ('base', 'package'),
    [
        (Alignment, 'dann.methods.alignment'),
        (Style, 'dann.methods.style'),
        (AdaptationModule, 'dann.methods.training'),
        (Validator, 'dann.validators'),
        (DomainDataset, 'dann.datasets'),
    ],
)
def test_no_class_holds_a_table_that_can_be_written_into(base: Any, package: str) -> None:
    kinds = [base, *registered(base, package).values()]
    assert len(kinds) > 5
    for kind in kinds:
        for name, value in tables(kind):
            assert not isinstance(value, dict | list | set), f'{kind.__name__}.{name}'


def test_a_class_of_the_users_is_frozen_when_it_is_defined() -> None:
    class Mine(Base):
        rows: ClassVar[Any] = {'mine+': {'alignment': 'Mine'}}
        search: ClassVar[Any] = {**Base.search, 'steps': Float(1, 2)}

    with pytest.raises(TypeError):
        Mine.rows['mine-'] = {}
    assert Mine.search.keys() == {'weight', 'steps'}


def test_the_rows_of_the_catalogue_are_plain_and_can_be_dumped() -> None:
    found = rows()
    assert len(found) > len(METHODS) - 1
    assert yaml.safe_load(yaml.safe_dump(found)) == found == json.loads(json.dumps(found))
    found['bsp+dann']['alignment']['class_path'] = 'changed'
    assert rows()['bsp+dann']['alignment']['class_path'] == 'Together'
