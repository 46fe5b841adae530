"""A skeleton tells what the class tells, and where it cannot, it says so."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dann.core.registry import registered
from dann.core.skeletons import UnclearSourceError, skeletons

ROOM = 'a_room_of_skeletons'
BASE = '''
import abc
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

T = TypeVar('T')

class Base(ABC):
    """Has nothing to say."""

    family = 'base'
    rows = {'one': [1, 2]}

    @abstractmethod
    def speak(self) -> str: ...

    @property
    @abc.abstractmethod
    def loud(self) -> bool: ...

class Halfway(Base):
    """Speaks, but how loud?"""

    def speak(self) -> str:
        return ''
'''
ELSEWHERE = f'''
from {ROOM}.base import Halfway as Half, Base

class Whole(Half):
    """Speaks.

    At length.
    """

    loud = True
    family: str = 'whole'

class Mixin:
    """Nothing of ours."""

    family = 'mixin'

class Both(Mixin, Whole):
    """Whose family is the mixin's."""
'''
DEEP = '''
from typing import Generic, TypeVar

from .. import Base
from ..elsewhere import Whole
from . import Twice

T = TypeVar('T')

class Deep(Whole, Generic[T]):
    """Found in a package of the room."""

    limit = 3 * 4

class Abstract(Base):
    """Speaks not."""

    loud = False
'''
Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Make an importable package; return what writes a further file into it."""
    folder = tmp_path / ROOM

    def put(name: str, text: str) -> None:
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text)
        importlib.invalidate_caches()

    put('__init__.py', f'from {ROOM}.base import Base\n')
    put('base.py', BASE)
    put('elsewhere.py', ELSEWHERE)
    put('inner/__init__.py', 'from ..elsewhere import Whole\nclass Twice(Whole):\n    """In a package."""\n')
    put('inner/deep.py', DEEP)
    put('no_package/lost.py', f'from {ROOM} import Base\nclass Lost(Base):\n    """Not found."""\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    yield put
    for module in [each for each in sys.modules if each.split('.')[0] == ROOM]:
        del sys.modules[module]


def found() -> dict[str, type]:
    return skeletons(f'{ROOM}.base.Base', ROOM)


def test_skeletons_are_the_registered_classes(write: Write) -> None:
    bones = found()
    assert not any(module.startswith(f'{ROOM}.') for module in sys.modules)  # nothing was imported
    real = registered(importlib.import_module(f'{ROOM}.base').Base, ROOM)
    assert list(bones) == list(real) == ['Both', 'Deep', 'Twice', 'Whole']
    for name, kind in real.items():
        assert bones[name].__module__ == kind.__module__
        assert inspect.getdoc(bones[name]) == inspect.getdoc(kind)
        assert bones[name].family == kind.family  # type: ignore[attr-defined]
    assert bones['Both'].family == 'mixin'  # type: ignore[attr-defined]
    assert bones['Deep'].rows['one'] == (1, 2)  # type: ignore[attr-defined]


def test_what_is_computed_is_not_said(write: Write) -> None:
    deep = found()['Deep']
    with pytest.raises(UnclearSourceError, match=r'3 \* 4'):
        str(deep.limit)  # type: ignore[attr-defined]
    with pytest.raises(UnclearSourceError, match=r'3 \* 4'):
        bool(deep.limit)  # type: ignore[attr-defined]


def test_an_abstract_class_with_a_computed_value_is_concrete(write: Write) -> None:
    text = f'from {ROOM} import Base\nclass New(Base):\n    """New."""\n    loud = 1 > 0\n    def speak(self): pass\n'
    write('new.py', text)
    assert 'New' in found()


@pytest.mark.parametrize(
    'text',
    [
        'if True:\n    class New(Base):\n        """New."""\n',
        'class New(Base):\n    loud = True\n    def speak(self): pass\n',  # inherits its docstring
        'class New(Base):\n    """New."""\n    if True:\n        loud = True\n',
        'class New(Base, metaclass=type):\n    """New."""\n',
        'class New(make()):\n    """New."""\n',
        'class New(Unknown):\n    """New."""\n',
        'from elsewhere_at_all import Thing\nclass New(Thing):\n    """New."""\n',
        'from .missing import Thing\nclass New(Thing):\n    """New."""\n',
        'from .base import Missing\nclass New(Missing):\n    """New."""\n',
        'class New(object, Base):\n    """New."""\n    class Inner(Base): pass\n',
        'import builtins\nclass New(Base, Base):\n    """New."""\n',
        'def wrap(kind): return kind\n@wrap\nclass New(Base):\n    """New."""\n'
        '    loud = True\n    def speak(self): pass\n',
        'class Whole(Base):\n    """A second one."""\n    loud = True\n    def speak(self): pass\n',
        'class New(Base:\n',
    ],
)
def test_what_the_source_leaves_open_is_refused(text: str, write: Write) -> None:
    found()
    write('new.py', f'from {ROOM} import Base\n{text}')
    with pytest.raises(UnclearSourceError):
        found()


def test_a_package_that_is_not_there() -> None:
    with pytest.raises(UnclearSourceError, match='no single folder'):
        skeletons('nowhere_at_all.Base', 'nowhere_at_all')
