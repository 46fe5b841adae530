"""Each file of a run and of the cache, damaged in each way, under each command: a line, or the same numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random

from tools.faults.healthy import BENCHMARK, Place, without_figures
from tools.faults.trials import Result, Trial

COMMANDS: Mapping[str, tuple[str, ...]] = {
    'benchmark': BENCHMARK,
    'report': ('report', 'run'),
    'validators': ('validators', 'run', '--json'),
    'gap': ('gap', 'toy.yaml', '--on', 'run', '--split', 'train', '--permutations', '199', '--json'),
    'audit': ('audit', 'audited.yaml', '--steps', '8', '--json'),
    'predict': ('predict', 'run', 'photos/night', '--method', 'dann', '--out', 'predicted.csv'),
}
WRITTEN: Mapping[str, tuple[str, ...]] = {
    'benchmark': ('run/table.csv', 'run/table.md'),
    'report': ('run/table.csv', 'run/table.md'),
    'predict': ('predicted.csv',),
}
OF_RUN = ('benchmark.yaml', 'run.json', 'contact.npz')
SECONDS = re.compile(r'"seconds": [\d.]+')
LEFT_OUT = ('metrics.csv',)  # of the logger; no command reads it
# What reads the cache trains for seconds each time, so that one of the five damages of each cached file is drawn.
READ_CACHE = ('gap', 'benchmark', 'audit')


def trials(healthy: Place) -> Sequence[Trial]:
    """Return every file, damaged in every way, under every command that reads it; of the cache, those drawn."""
    expected: dict[str, tuple[str, str]] = {}
    planted = partial(_damaged, healthy, expected)
    of_run = [
        Trial('damaged files of a run', partial(planted, path, partial(_named, damage), name))
        for path in run_files(healthy)
        for damage in DAMAGES
        for name in COMMANDS
        if name != 'audit' or path.name == 'config.yaml'
    ]
    of_cache = [
        Trial('damaged files of the cache', partial(planted, path, _drawn, name))
        for path in cache_files(healthy)
        for name in READ_CACHE
    ]
    return [*of_run, *of_cache]


def run_files(place: Place) -> list[Path]:
    """Return the files of a run that are damaged, below the place: its own, and those of one job."""
    [job] = place.run.glob('jobs/dann-*')
    own = [path for path in job.rglob('*') if path.is_file() and path.name not in LEFT_OUT]
    found = [*(place.run / name for name in OF_RUN if (place.run / name).exists()), *own]
    return sorted(path.relative_to(place.root) for path in found)


def cache_files(place: Place) -> list[Path]:
    """Return the files of the cache that are damaged, below the place."""
    found = [path for path in place.cache.rglob('*') if path.is_file() and 'kept' not in path.parts]
    return sorted(path.relative_to(place.root) for path in found)


def _named(damage: str, _: Random) -> str:
    return damage


def _drawn(random: Random) -> str:
    return random.choice([*DAMAGES])


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
    draw: Callable[[Random], str],
    name: str,
    work: Path,
    random: Random,
) -> Iterator[Result]:
    if name not in expected:
        expected[name] = _healthy(_ready(healthy, work, name, path), name)
    place, damage = _ready(healthy, work, name, path), draw(random)
    DAMAGES[damage](place.root / path, random)
    yield f'{path} {damage}, dann {name}', _judged(_seen(place, name), expected[name])


def _ready(healthy: Place, work: Path, name: str, path: Path) -> Place:
    """Copy the place; a finished run reads no cache, so that a damaged one is read by a run from the beginning."""
    anew = name == 'benchmark' and path.parts[0] == healthy.cache.name
    place = healthy.copied(work, *(['run'] if anew else []))
    if name == 'audit':
        [config] = place.run.glob('jobs/dann-*/config.yaml')
        config.rename(work / 'audited.yaml')
        config.symlink_to(work / 'audited.yaml')
    return place


def _healthy(place: Place, name: str) -> tuple[str, str]:
    kind, text = _seen(place, name)
    if kind != 'numbers':
        raise RuntimeError(f'without damage, dann {name}: {text}')
    return kind, text


def _seen(place: Place, name: str) -> tuple[str, str]:
    outcome = place.call(*COMMANDS[name], prepared=without_figures)
    if outcome.wrong:
        return 'wrong', outcome.wrong
    if outcome.status:
        return 'line', outcome.said
    written = [(place.root / each).read_text(encoding='utf-8') for each in WRITTEN.get(name, ())]
    if any('Incomplete' in text for text in written) or 'jobs are done' in outcome.err:
        return 'line', 'fewer jobs, which is said'
    if '"undecided"' in outcome.out:
        return 'line', 'a check of the audit is undecided, with the reason'
    return 'numbers', ''.join(written) or SECONDS.sub('', outcome.out)


def _judged(seen: tuple[str, str], expected: tuple[str, str]) -> str:
    kind, text = seen
    if kind == 'wrong':
        return text
    return '' if kind == 'line' or seen == expected else 'other numbers'
