"""A kept text is the text, as long as nothing that it depends on has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dann.core import drafted
from dann.core import kept as module
from dann.core.kept import cache_root, installed, kept, package_digest

Make = Callable[[str], Callable[[], str]]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def made() -> list[str]:
    """What was made, in order."""
    return []


@pytest.fixture
def make(made: list[str]) -> Make:
    """Return what makes a text and notes it."""

    def maker(text: str) -> Callable[[], str]:
        def call() -> str:
            made.append(text)
            return text

        return call

    return maker


def test_a_text_is_made_once(make: Make, made: list[str]) -> None:
    assert [kept('help', ['a', b'b'], make('text\r\n é')) for _ in range(2)] == ['text\r\n é'] * 2
    assert made == ['text\r\n é']
    [path] = (cache_root() / 'kept' / 'help').iterdir()
    assert path.read_bytes().decode() == 'text\r\n é'


@pytest.mark.parametrize('other', [['a', b'c'], ['ab', b''], [b'b', 'a'], ['a'], []])
def test_another_dependency_is_another_text(other: list[str | bytes], make: Make, made: list[str]) -> None:
    kept('help', ['a', b'b'], make('one'))
    assert kept('help', other, make('two')) == 'two'
    assert kept('other', ['a', b'b'], make('three')) == 'three'
    assert kept('help', ['a', b'b'], make('four')) == 'one'


def test_a_changed_package_or_installation_is_another_text(
    make: Make, made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept('help', [], make('one'))
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / 'thing-1.0.dist-info').mkdir()
    assert kept('help', [], make('two')) == 'two'
    (tmp_path / 'thing-1.0.dist-info').rename(tmp_path / 'thing-1.1.dist-info')
    assert kept('help', [], make('three')) == 'three'
    monkeypatch.setattr(module, 'package_digest', lambda: 'edited')
    assert kept('help', [], make('four')) == 'four'
    assert 'thing-1.1.dist-info' in installed()
    assert sys.version in installed()


def test_the_digest_of_a_package_is_that_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / 'inner').mkdir()
    first, second = tmp_path / 'a.py', tmp_path / 'inner' / 'b.yaml'
    first.write_text('x = 1\n')
    second.write_text('y\n')
    before = package_digest(tmp_path)
    (tmp_path / '__pycache__').mkdir()
    (tmp_path / '__pycache__' / 'a.pyc').write_text('anything')
    assert package_digest(tmp_path) == before
    stamp = second.stat().st_mtime_ns
    second.write_text('z\n')
    os.utime(second, ns=(stamp, stamp))  # size and time are the same, the contents are not
    assert package_digest(tmp_path) != before
    second.write_text('y\n')
    assert package_digest(tmp_path) == before
    second.rename(tmp_path / 'inner' / 'c.yaml')
    assert package_digest(tmp_path) != before


def test_where_the_cache_cannot_be_written_the_text_is_made_each_time(
    make: Make, made: list[str], tmp_path: Path
) -> None:
    (tmp_path / 'cache').write_text('a file, not a folder')
    assert [kept('help', [], make('text')) for _ in range(2)] == ['text', 'text']
    assert made == ['text', 'text']


def test_a_damaged_or_empty_text_is_made_again(make: Make, made: list[str]) -> None:
    kept('help', [], make('text'))
    [path] = (cache_root() / 'kept' / 'help').iterdir()
    path.write_bytes(b'\xff\xfe')
    assert kept('help', [], make('again')) == 'again'
    assert kept('empty', [], make('')) == ''
    assert kept('empty', [], make('')) == ''
    assert made == ['text', 'again', '', '']


def test_the_oldest_make_room(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, 'MOST', 3)
    for index in range(5):
        kept('help', [str(index)], make(str(index)))
        folder = cache_root() / 'kept' / 'help'
        for path in folder.glob('*.txt'):
            os.utime(path, (int(path.read_text()), int(path.read_text())))
    assert sorted(path.read_text() for path in folder.iterdir()) == ['2', '3', '4']


def test_what_a_killed_process_began_to_write_is_removed(tmp_path: Path) -> None:
    path = tmp_path / 'gap' / 'new.txt'
    path.parent.mkdir()
    ended = subprocess.Popen([sys.executable, '-c', ''])
    ended.wait()
    left = path.with_name(f'.old.txt.{drafted._machine()}.{ended.pid}.draft')
    left.touch()
    module._write(path, 'text')
    assert [each.name for each in path.parent.iterdir()] == ['new.txt']
