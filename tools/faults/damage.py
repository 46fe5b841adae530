"""Each file of a run and of the cache, damaged in each way, under each command: a line, or the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random

from tools.faults.healthy import BENCHMARK, Place
from tools.faults.trials import Result, Trial

COMMANDS: Mapping[str, tuple[str, ...]] = {
    'benchmark': BENCHMARK,
    'report': ('report', 'run'),
    'validators': ('validators', 'run', '--json'),
    'gap': ('gap', 'toy.yaml', '--on', 'run', '--permutations', '199', '--json'),
    'audit': ('audit', 'toy.yaml', '--methods', 'dann', '--steps', '8', '--json'),
    'predict': ('predict', 'run', 'photos/night', '--method', 'dann', '--out', 'predicted.csv'),
}
WRITTEN: Mapping[str, tuple[str, ...]] = {
    'benchmark': ('run/table.csv', 'run/table.md'),
    'report': ('run/table.csv', 'run/table.md'),
    'predict': ('predicted.csv',),
}
OF_RUN = ('benchmark.yaml', 'run.json', 'contact.npz')
LEFT_OUT = ('metrics.csv',)  # of the logger; no command reads it


def trials(healthy: Place) -> Sequence[Trial]:
    """Return every file, damaged in every way, under every command."""
    expected: dict[str, tuple[str, str]] = {}
    return [
        Trial('damaged files', partial(_damaged, healthy, expected, path, damage, name))
        for path in files(healthy)
        for damage in DAMAGES
        for name in COMMANDS
    ]


def files(place: Place) -> list[Path]:
    """Return what is damaged, below the place: the run's files, those of one job, and the cache."""
    [job] = place.run.glob('jobs/dann-*')
    own = [path for path in job.rglob('*') if path.is_file() and path.name not in LEFT_OUT]
    cached = [
        path for path in (place.root / 'cache').rglob('*') if path.is_file() and 'kept' not in path.parts
    ]
    found = [*(place.run / name for name in OF_RUN if (place.run / name).exists()), *own, *cached]
    return sorted(path.relative_to(place.root) for path in found)


def _flip(path: Path, random: Random) -> None:
    data = bytearray(path.read_bytes())
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    path.write_bytes(data)


def _halve(path: Path, _: Random) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES: Mapping[str, Callable[[Path, Random], object]] = {
    'deleted': lambda path, _: path.unlink(),
    'empty': lambda path, _: path.write_bytes(b''),
    'half': _halve,
    'one bit flipped': _flip,
    'wrong type': lambda path, _: path.write_bytes(b'[]\n'),
}


def _damaged(
    healthy: Place,
    expected: dict[str, tuple[str, str]],
    path: Path,
    damage: str,
    name: str,
    work: Path,
    random: Random,
) -> Iterator[Result]:
    if name not in expected:
        expected[name] = _healthy(healthy.copied(work), name)
    place = healthy.copied(work)
    DAMAGES[damage](place.root / path, random)
    yield f'{path} {damage}, dann {name}', _judged(_seen(place, name), expected[name])


def _healthy(place: Place, name: str) -> tuple[str, str]:
    kind, text = _seen(place, name)
    if kind != 'numbers':
        raise RuntimeError(f'without damage, dann {name}: {text}')
    return kind, text


def _seen(place: Place, name: str) -> tuple[str, str]:
    outcome = place.call(*COMMANDS[name])
    if outcome.wrong:
        return 'wrong', outcome.wrong
    if outcome.status:
        return 'line', outcome.said
    written = [(place.root / each).read_text(encoding='utf-8') for each in WRITTEN.get(name, ())]
    if any('Incomplete' in text for text in written) or 'jobs are done' in outcome.err:
        return 'line', 'fewer jobs, which is said'
    return 'numbers', ''.join(written) or outcome.out


def _judged(seen: tuple[str, str], expected: tuple[str, str]) -> str:
    kind, text = seen
    if kind == 'wrong':
        return text
    return '' if kind == 'line' or seen == expected else 'other numbers'
