"""The list of mutations, and what can be wrong with it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

import yaml

LIST = Path(__file__).with_name('mutations.yaml')


@dataclass(frozen=True, slots=True)
class Mutation:
    """One text of one file, and what takes its place.

    Args:
        file: Path below the root, with forward slashes.
        before: The text, which occurs once in the file.
        after: What takes its place.
        tests: Arguments of pytest that say which tests must notice.
    """

    file: str
    before: str
    after: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f'{self.file}: {_one_line(self.before)} -> {_one_line(self.after) or "nothing"}'

    @property
    def module(self) -> str:
        """The dotted name under which the file is imported; empty for a file that is not Python."""
        path = Path(self.file)
        return '.'.join(path.with_suffix('').parts) if path.suffix == '.py' else ''

    def applied(self, text: str) -> str:
        """Return the file's ``text`` with the mutation in it."""
        return text.replace(self.before, self.after)


def _one_line(text: str) -> str:
    return ' '.join(text.split())


def read(path: Path = LIST) -> list[Mutation]:
    """Return the mutations that a YAML file lists, in its order.

    An entry without ``tests`` is tested by the file's mirror: ``tests/a/test_b.py`` for ``dann/a/b.py``.
    """
    entries = yaml.safe_load(path.read_text(encoding='utf-8'))
    return [
        Mutation(
            entry['file'],
            entry['before'],
            entry['after'],
            tuple(shlex.split(entry.get('tests') or mirror(entry['file']))),
        )
        for entry in entries
    ]


def mirror(file: str) -> str:
    """Return the path of the tests of ``file``: ``tests/a/test_b.py`` for ``dann/a/b.py``."""
    path = Path(file)
    return Path('tests', *path.parts[1:-1], f'test_{path.stem}.py').as_posix()


def faults(mutation: Mutation, root: Path) -> list[str]:
    """Return why a mutation cannot be tried on the tree at ``root``; an empty list where it can."""
    path = root / mutation.file
    if not path.is_file():
        return [f'{mutation}: no such file; name the file as it is now']
    count = path.read_text(encoding='utf-8').count(mutation.before)
    found = []
    if count != 1:
        found.append(f'{mutation}: its text occurs {count} times in the file; write text that occurs once')
    if mutation.before == mutation.after:
        found.append(f'{mutation}: it changes nothing; write another `after`')
    missing = [name for name in _files(mutation.tests) if not (root / name).exists()]
    return found + [f'{mutation}: no tests in {name}; name tests that exist' for name in missing]


def _files(tests: tuple[str, ...]) -> list[str]:
    return [each.split('::')[0] for each in tests if each.startswith('tests/')]
