"""Mutations of a tiny package: one that its test notices, one that it does not, and what cannot be tried."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tools.mutants import running
from tools.mutants.__main__ import ROOT, main
from tools.mutants.mutations import LIST, faults, mirror, read

CODE = 'def double(x: int) -> int:\n    if x < 0:\n        return 0\n    return 2 * x\n'
TEST = 'from tiny.sums import double\n\n\ndef test_double() -> None:\n    assert double(3) == 6\n'
FILE = '- file: tiny/sums.py\n'
KILLED = f'{FILE}  before: 2 * x\n  after: 3 * x\n'
SURVIVES = f'{FILE}  before: x < 0\n  after: x < 1\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with one module and its mirror test; copies go below it, where the test can look for them."""
    tree, copies = tmp_path / 'tree', tmp_path / 'copies'
    for folder in (tree / 'tiny', tree / 'tests', copies):
        folder.mkdir(parents=True)
    (tree / 'tiny' / '__init__.py').touch()
    (tree / 'tiny' / 'sums.py').write_text(CODE)
    (tree / 'tests' / 'test_sums.py').write_text(TEST)
    monkeypatch.setattr(running, 'TemporaryDirectory', partial(TemporaryDirectory, dir=copies))
    return tree


def run(root: Path, text: str, *options: str) -> int:
    path = root.parent / 'mutations.yaml'
    path.write_text(text)
    return main(['--jobs', '1', *options], root=root, path=path, preload=('pytest',))


def test_one_is_killed_one_survives_and_the_tree_stays_as_it_was(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, KILLED + SURVIVES) == 1
    printed = capsys.readouterr().out
    assert re.search(r'killed +[\d.]+ s  tiny/sums.py: 2 \* x -> 3 \* x', printed)
    assert re.search(r'survived +[\d.]+ s  tiny/sums.py: x < 0 -> x < 1', printed)
    survivors = printed.partition('Survivors')[2]
    assert 'x < 0 -> x < 1  [tests/test_sums.py]' in survivors
    assert '3 * x' not in survivors
    assert re.search(r'2 mutations: 1 killed, 1 survived, 0 errors, \d+ seconds', printed)
    assert (root / 'tiny' / 'sums.py').read_text() == CODE
    assert not list((root.parent / 'copies').glob('mutants-*'))


def test_without_a_survivor_the_status_is_zero_and_a_pattern_chooses(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, KILLED + SURVIVES, '--only', '3 . x') == 0
    assert '1 mutations: 1 killed' in capsys.readouterr().out
    assert run(root, KILLED, '--only', 'elsewhere') == 2
    assert "no mutation matches 'elsewhere'; see --list" in capsys.readouterr().err


def test_tests_that_fail_anyway_or_import_another_copy_prove_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / 'tests' / 'test_sums.py').write_text(TEST.replace('== 6', '== 7'))
    assert run(root, KILLED) == 1
    assert 'error  tests/test_sums.py: does not pass without a mutation' in capsys.readouterr().out
    (root / 'tests' / 'test_sums.py').write_text('def test_nothing() -> None:\n    assert True\n')
    assert run(root, KILLED) == 1
    assert '0 mutations: 0 killed, 0 survived, 1 errors' in capsys.readouterr().out
    (root / 'tests' / 'test_sums.py').write_text('')
    assert run(root, KILLED) == 1


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (f'{FILE}  before: 4 * x\n  after: 3 * x\n', r'4 \* x -> 3 \* x: its text occurs 0 times'),
        (
            f'{FILE}  before: double\n  after: half\n  tests: tests/test_none.py\n',
            'no tests in tests/test_none.py',
        ),
        (
            f'{FILE}  before: return\n  after: yield\n',
            'its text occurs 2 times in the file; write text that occurs once',
        ),
        (f'{FILE}  before: 2 * x\n  after: 2 * x\n', 'it changes nothing'),
        ('- file: tiny/none.py\n  before: x\n  after: y\n', 'tiny/none.py: x -> y: no such file'),
    ],
)
def test_what_cannot_be_tried_is_an_error_by_name(
    root: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, text + KILLED) == 1
    printed = capsys.readouterr()
    assert re.search(message, printed.err)
    assert not printed.out


def test_the_list_prints_mutations_and_runs_none(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, KILLED, '--list') == 0
    assert capsys.readouterr().out == 'tiny/sums.py: 2 * x -> 3 * x  [tests/test_sums.py]\n'


def test_the_mirror_of_a_file() -> None:
    assert mirror('dann/methods/training/shot.py') == 'tests/methods/training/test_shot.py'
    assert mirror('dann/cli.py') == 'tests/test_cli.py'


def test_the_committed_list_can_be_tried() -> None:
    mutations = read(LIST)
    assert len(mutations) >= 60
    assert len(set(mutations)) == len(mutations)
    assert [problem for each in mutations for problem in faults(each, ROOT)] == []
