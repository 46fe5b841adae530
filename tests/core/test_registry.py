"""A class is known because its file is there."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dann.core.registry import import_package, imported_when_used, registered
from dann.networks.backbone import Backbone
from dann.networks.convnets import LeNet

BASE = """
from abc import ABC, abstractmethod

class Base(ABC):
    @abstractmethod
    def speak(self) -> str: ...

class Halfway(Base):
    '''Still abstract.'''
"""
CHILD = """
from {room}.base import {parent}

class {name}({parent}):
    def speak(self) -> str:
        return {name!r}
"""

Drop = Callable[..., None]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make an importable package with an abstract base and nothing else."""
    name = 'a_room_of_this_test'
    (tmp_path / name).mkdir()
    (tmp_path / name / '__init__.py').touch()
    (tmp_path / name / 'base.py').write_text(BASE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    for module in [each for each in sys.modules if each.split('.')[0] == name]:
        del sys.modules[module]


@pytest.fixture
def drop(room: str, tmp_path: Path) -> Drop:
    """Drop a module with one class into the room."""

    def write(file: str, name: str, parent: str = 'Base') -> None:
        (tmp_path / room / f'{file}.py').write_text(CHILD.format(room=room, name=name, parent=parent))
        importlib.invalidate_caches()

    return write


def base_of(room: str) -> Any:
    return importlib.import_module(f'{room}.base').Base


def test_dropping_a_file_is_the_whole_registration(room: str, drop: Drop) -> None:
    assert registered(base_of(room), room) == {}
    drop('dog', 'Dog')
    found = registered(base_of(room), room)
    assert list(found) == ['Dog']
    assert found['Dog']().speak() == 'Dog'


def test_names_come_in_order_and_grandchildren_count(room: str, drop: Drop) -> None:
    drop('a', 'Zebra')
    drop('b', 'Ant', parent='Halfway')
    drop('c', 'Mole')
    assert list(registered(base_of(room), room)) == ['Ant', 'Mole', 'Zebra']


def test_abstract_classes_are_no_members(room: str, drop: Drop) -> None:
    drop('dog', 'Dog')
    import_package(room)
    assert inspect.isabstract(importlib.import_module(f'{room}.base').Halfway)
    assert 'Halfway' not in registered(base_of(room), room)


def test_a_class_outside_the_room_neither_counts_nor_hides_one_inside(room: str, drop: Drop) -> None:
    drop('dog', 'Dog')
    inside = registered(base_of(room), room)['Dog']
    outside = [type(name, (base_of(room),), {'speak': str}) for name in ('Dog', 'Cat')]
    assert registered(base_of(room), room) == {'Dog': inside}
    assert inside not in outside


def test_a_room_whose_name_begins_like_another_is_another(room: str, drop: Drop, tmp_path: Path) -> None:
    drop('dog', 'Dog')
    annex = tmp_path / f'{room}_annex'
    annex.mkdir()
    (annex / '__init__.py').touch()
    (annex / 'cat.py').write_text(CHILD.format(room=room, name='Cat', parent='Base'))
    try:
        assert list(registered(base_of(room), annex.name)) == ['Cat']
        assert list(registered(base_of(room), room)) == ['Dog']
    finally:
        for module in [each for each in sys.modules if each.startswith(annex.name)]:
            del sys.modules[module]


def test_a_module_that_fails_to_import_is_not_skipped(room: str, tmp_path: Path) -> None:
    (tmp_path / room / 'broken.py').write_text('import a_package_that_nobody_has\n')
    with pytest.raises(ModuleNotFoundError, match='a_package_that_nobody_has'):
        import_package(room)


def test_the_rooms_of_the_package_hold_their_concrete_classes() -> None:
    backbones = registered(Backbone, 'dann.networks')
    assert backbones['LeNet'] is LeNet
    assert {'ConvNet', 'Timm', 'Torchvision'} < set(backbones)
    assert 'Backbone' not in backbones


@pytest.mark.parametrize(
    'package', ['dann', 'dann.shift', 'dann.benchmarks', 'dann.transfer.online', 'dann.transfer.monitoring']
)
def test_public_names_are_listed_and_imported_when_they_are_used(package: str) -> None:
    found = importlib.import_module(package)
    assert dir(found) == sorted(found.__all__)
    assert all(getattr(found, name) is not None for name in found.__all__)
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nothing'"):
        found.nothing  # noqa: B018


def test_a_module_is_imported_when_a_name_of_it_is_used(room: str, drop: Drop) -> None:
    drop('dog', 'Dog')
    get, names = imported_when_used(room, {'Dog': 'dog'}, ('other',))
    assert names() == ['Dog', 'other']
    assert f'{room}.dog' not in sys.modules
    assert get('Dog')().speak() == 'Dog'
