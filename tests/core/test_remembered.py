"""Objects that can be written down and made again."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from dann.core.errors import UserError
from dann.core.remembered import Remembered, UnwritableError, recipe, remade, trusted
from dann.core.schedules import Delayed, Linear
from dann.methods.alignment.dann import DANN
from dann.methods.alignment.mmd import MMD
from dann.methods.alignment.together import Together


class Part(Remembered):
    """Has options of every kind."""

    def __init__(self, first: Any, *, second: Any = 2, **more: Any) -> None:
        self.options = {'first': first, 'second': second, **more}


PATH = f'{__name__}.Part'


def test_what_was_given_is_written_and_what_was_not_is_left_to_the_defaults() -> None:
    written = recipe(Part([1, (2, 3)], third={'a': Path('b')}))
    assert written == {'class_path': PATH, 'init_args': {'first': [1, [2, 3]], 'third': {'a': 'b'}}}
    again = remade(written, (__name__,))
    assert again.options == {'first': [1, [2, 3]], 'second': 2, 'third': {'a': 'b'}}
    assert recipe(again) == written


class Defaults(Remembered):
    """Has a default that cannot be written down, and one that is a part."""

    def __init__(
        self, first: int = 1, kind: type = torch.nn.Linear, part: Any = Part(3), **more: Any
    ) -> None: ...


def test_defaults_are_written_where_asked_for_and_in_parts_too() -> None:
    part = {'class_path': PATH, 'init_args': {'first': 3, 'second': 2}}
    written = {'first': 1, 'part': part}
    assert recipe(Defaults(), filled=True)['init_args'] == written
    assert recipe(Defaults(1, part=Part(3, second=2)), filled=True)['init_args'] == written
    assert recipe(Defaults(first=4, other=[Part(3)]), filled=True)['init_args'] == {
        **written,
        'first': 4,
        'other': [part],
    }
    with pytest.raises(UnwritableError, match=r'kind=\.\.\.'):
        recipe(Defaults(kind=torch.nn.ReLU), filled=True)


def test_parts_within_parts_are_made_again() -> None:
    made = Together([DANN(hidden=(3,), schedule=Delayed(0.25)), MMD(weight=2.0)])
    again = remade(recipe(made))
    assert recipe(again) == recipe(made)
    first = again.alignments[0]
    assert isinstance(first, DANN)
    assert first.schedule(0.2) == 0
    assert first.schedule(0.3) == 1


def test_options_take_the_place_of_those_written() -> None:
    again = remade(recipe(Part(1, second=5)), (__name__,), second=6, third=Linear())
    assert (again.options['first'], again.options['second']) == (1, 6)
    assert isinstance(again.options['third'], Linear)


def test_copies_remember_too() -> None:
    one = Part(1, second=[2])
    for other in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert recipe(other) == recipe(one)


def test_what_has_no_name_cannot_be_written() -> None:
    with pytest.raises(UnwritableError, match=r'Part\(first=...\) was given Linear, which cannot'):
        recipe(Part(torch.nn.Linear(2, 2)))
    assert recipe(Part(torch.nn.Linear(2, 2)), without=['first'])['init_args'] == {}


@pytest.mark.parametrize(
    ('path', 'said'),
    [
        ('os.system', 'code that is no part of dann; if you trust it, allow its module: os'),
        ('subprocess.Popen', 'allow its module: subprocess'),
        ('danny.Loss', 'allow its module: danny'),
        ('dann.nowhere.Loss', 'cannot import dann.nowhere.Loss'),
        ('dann.core.schedules.Nowhere', 'cannot import'),
        ('dann.core.errors.UserError', 'is no part of a model'),
        ('dann.cli.main', 'is no part of a model'),
        (PATH, 'allow its module: '),
    ],
)
def test_only_parts_of_a_model_are_called(path: str, said: str) -> None:
    for written in (
        {'class_path': path},
        recipe(Delayed(0.5)) | {'init_args': {'start': {'class_path': path}}},
    ):
        with pytest.raises(UserError, match=said):
            remade(written)
    assert trusted({'class_path': path}) == path.startswith('dann.')
    assert trusted([{'init_args': {'a': [{'class_path': path}]}}]) == path.startswith('dann.')
    assert trusted({'class_path': path}, (path.rpartition('.')[0],))
