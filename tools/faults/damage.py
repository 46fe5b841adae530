"""Each file of a run and of the cache, damaged in each way, under each command: a line, or the same numbers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

from tools.faults.healthy import Place

COMMANDS: Mapping[str, tuple[str, ...]] = {
    'benchmark': ('benchmark', 'toy.yaml', '--out', 'run', '--workers', '1', '--keep-views'),
    'report': ('report', 'run'),
    'validators': ('validators', 'run', '--json'),
    'gap': ('gap', 'toy.yaml', '--on', 'run', '--permutations', '19', '--json'),
    'audit': ('audit', 'toy.yaml', '--methods', 'dann', '--steps', '2', '--json'),
    'predict': ('predict', 'run', 'photos/night', '--method', 'dann', '--out', 'predicted.csv'),
}
WRITTEN: Mapping[str, tuple[str, ...]] = {
    'benchmark': ('run/table.csv', 'run/table.md'),
    'report': ('run/table.csv', 'run/table.md'),
    'predict': ('predicted.csv',),
}
OF_RUN = ('benchmark.yaml', 'run.json', 'contact.npz')
LEFT_OUT = ('metrics.csv',)  # of the logger; no command reads it


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
    'wrong type': lambda path, _: path.write_text('[]\n'),
}


def trials(healthy: Place, work: Path, random: Random, share: float) -> Iterator[tuple[str, str]]:
    """Damage one file at a time and call one command; yield what was tried, and what was wrong or ``''``.

    Args:
        healthy: A place without damage, which stays as it is.
        work: A folder for copies.
        random: Draws bits, and which trials are made.
        share: Of all trials, the share that is made.
    """
    expected = {name: _seen(_copied(healthy, work), name) for name in COMMANDS}
    for path in files(healthy):
        for damage, apply in DAMAGES.items():
            for name in COMMANDS:
                if random.random() >= share:
                    continue
                place = _copied(healthy, work)
                apply(place.root / path, random)
                yield f'{path} {damage}, dann {name}', _judged(_seen(place, name), expected[name])


def _copied(healthy: Place, work: Path) -> Place:
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(healthy.root, work)
    place = Place(work)
    text = (work / 'toy.yaml').read_text()
    (work / 'toy.yaml').write_text(text.replace(str(healthy.root), str(work)))
    return place


def _seen(place: Place, name: str) -> tuple[str, str]:
    outcome = place.call(*COMMANDS[name])
    if outcome.wrong:
        return 'wrong', outcome.wrong
    if outcome.status:
        line = (outcome.err.strip() or outcome.out.strip()).splitlines()[-1:]
        return ('line', line[0]) if line else ('wrong', f'status {outcome.status} without a line')
    written = [(place.root / each).read_text() for each in WRITTEN.get(name, ())]
    if any('Incomplete' in text for text in written) or 'jobs are done' in outcome.err:
        return 'line', 'fewer jobs, which is said'
    return 'numbers', ''.join(written) or outcome.out


def _judged(seen: tuple[str, str], expected: tuple[str, str]) -> str:
    kind, text = seen
    if kind == 'wrong':
        return text
    return '' if kind == 'line' or seen == expected else 'other numbers'
