"""Configurations, records, tables, arrays and command lines that hypothesis makes: a line, never a traceback."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import numpy as np
import yaml
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tools.faults.examples import SCALARS, changed, judged
from tools.faults.healthy import Place, configuration, without_figures
from tools.faults.trials import Result, Trial

NUMBER, LIMIT = 25, 10.0  # examples of a trial; seconds of an example
DOMAINS = ('day', 'night')
TRIALS = {'configurations': 10, 'records': 10, 'tables': 7, 'arrays': 7, 'command lines': 8}


def trials(healthy: Place) -> Sequence[Trial]:
    """Return 1,050 examples, in parts of 25."""
    kinds = {
        'configurations': _configurations,
        'records': _records,
        'tables': _tables,
        'arrays': _arrays,
        'command lines': _lines,
    }
    return [
        Trial(f'fuzzed {name}', partial(_examples, healthy, kinds[name]))
        for name, count in TRIALS.items()
        for _ in range(count)
    ]


Kind = Callable[[Place], tuple[st.SearchStrategy[Any], Callable[[Any], str]]]


def _examples(healthy: Place, kind: Kind, work: Path, random: Random) -> Iterator[Result]:
    yield from judged(*kind(healthy.copied(work)), NUMBER, random)


def _configurations(place: Place) -> tuple[st.SearchStrategy[Any], Callable[[Any], str]]:
    written = changed(configuration()).map(
        lambda tree: yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode('utf-8', 'replace')
    )
    asked = ('--steps', '2', '--out', 'fuzzed', '--workers', '1')

    def judge(text: bytes) -> str:
        (place.root / 'fuzzed.yaml').write_bytes(text)
        return place.call('benchmark', 'fuzzed.yaml', *asked, limit=LIMIT, prepared=_without_workers).wrong

    return st.one_of(written, written, written, st.binary(max_size=60)), judge


def _without_workers() -> None:
    """Run jobs in this process, into a folder of their own, and draw no report."""
    import shutil

    from dann.benchmarks.launchers.local import Task, _outcome
    from dann.benchmarks.running import run

    class Pipe:
        def send(self, _: object) -> None:
            """Nobody listens."""

    def run_all(tasks: Sequence[Task], *_: object) -> dict[str, str]:
        answers = {task.job.name: _outcome(task, Pipe()) for task in tasks[:1]}  # type: ignore[arg-type]
        crashed = next(Path('fuzzed').rglob('error.log'), None)
        if crashed is not None:
            raise RuntimeError(crashed.read_text(encoding='utf-8'))
        return {name: why for name, (event, why) in answers.items() if event == 'failed' and why}

    shutil.rmtree('fuzzed', ignore_errors=True)
    mock.patch.object(run, 'run_all', run_all).start()
    mock.patch.object(run, 'start_workers', return_value=nullcontext([])).start()
    mock.patch('dann.commands.benchmark._report', return_value=None).start()


def _records(place: Place) -> tuple[st.SearchStrategy[Any], Callable[[Any], str]]:
    [job] = place.run.glob('jobs/dann-*')
    (job / 'done').write_bytes(b'')  # as an earlier version left it: without checksums
    lines = [json.loads(line) for line in (job / 'records.jsonl').read_text(encoding='utf-8').splitlines()]
    written = changed(lines).map(
        lambda tree: '\n'.join(map(json.dumps, tree if isinstance(tree, list) else [tree])).encode()
    )

    def judge(text: bytes) -> str:
        (job / 'records.jsonl').write_bytes(text)
        answers = [place.call('report', 'run', limit=LIMIT, prepared=without_figures)]
        answers.append(place.call('validators', 'run', limit=LIMIT))
        return next((answer.wrong for answer in answers if answer.wrong), '')

    return st.one_of(written, written, written, st.binary(max_size=60)), judge


def _tables(place: Place) -> tuple[st.SearchStrategy[Any], Callable[[Any], str]]:
    paths = [
        f'photos/{domain}/{kind}/{number}.png'
        for domain in DOMAINS
        for kind in ('bus', 'car')
        for number in (0, 3)
    ]
    columns = {
        'path': st.sampled_from(paths),
        'domain': st.sampled_from(DOMAINS),
        'label': st.sampled_from(['bus', 'car']),
        'split': st.sampled_from(['train', 'val', 'test', '']),
        'x0': st.floats(-9, 9).map(str),
        'x1': st.integers(0, 9).map(str),
    }
    heads = st.lists(st.sampled_from([*columns, *columns, '', 'class']), min_size=1, max_size=7)
    wrong = st.one_of(SCALARS.map(str), st.text(max_size=4))

    def cell(head: str) -> st.SearchStrategy[str]:
        right = columns.get(head, wrong)
        return st.one_of(right, right, right, right, wrong)

    def rows(heads: Sequence[str]) -> st.SearchStrategy[bytes]:
        return st.lists(st.tuples(*map(cell, heads)), max_size=40).map(lambda body: _csv([heads, *body]))

    whole = st.one_of(st.permutations(list(columns)[:4]), st.permutations(list(columns)[1:]))
    written = st.one_of(whole, whole, heads).flatmap(rows)
    return st.one_of(written, written, written, st.binary(max_size=80)), partial(
        _checked, place, 'fuzzed.csv'
    )


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode('utf-8', 'surrogatepass')


def _checked(place: Place, name: str, content: bytes) -> str:
    """Check the data of a file, and begin a benchmark on it, whose domains have no such names."""
    (place.root / name).write_bytes(content)
    answers = [place.call('data', 'check', name, '--json', limit=LIMIT)]
    answers.append(
        place.call(
            'benchmark',
            name,
            '--source',
            'day',
            '--target',
            'night',
            '--steps',
            '2',
            limit=LIMIT,
            prepared=_without_workers,
        )
    )
    return next((answer.wrong for answer in answers if answer.wrong), '')


def _arrays(place: Place) -> tuple[st.SearchStrategy[Any], Callable[[Any], str]]:
    kinds = st.one_of(arrays.scalar_dtypes(), arrays.array_dtypes(max_size=2))
    shapes = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    anything = kinds.flatmap(lambda kind: arrays.arrays(kind, shapes))

    def of(count: int) -> st.SearchStrategy[dict[str, Any]]:
        """Arrays of ``count`` samples, of which one may be anything."""
        images = st.sampled_from([(), (3,), (8, 8), (3, 8, 8), (8, 8, 3), (0, 8, 8)])
        right = {
            'x': images.flatmap(lambda shape: arrays.arrays(np.uint8, (count, *shape))),
            'y': arrays.arrays(np.int64, count, elements=st.integers(-1, 3)),
            'domain': arrays.arrays(np.dtype('U5'), count, elements=st.sampled_from(DOMAINS)),
            'split': arrays.arrays(np.dtype('U5'), count, elements=st.sampled_from(['train', 'val', 'test'])),
        }
        whole = st.fixed_dictionaries(
            {key: right[key] for key in ('x', 'y', 'domain')}, optional={'split': right['split']}
        )
        names = st.sampled_from([*right, 'names'])
        return st.tuples(whole, st.dictionaries(names, anything, max_size=1)).map(
            lambda pair: pair[0] | pair[1]
        )

    written = st.integers(0, 30).flatmap(of).map(_npz)
    return st.one_of(written, written, written, st.binary(max_size=80)), partial(
        _checked, place, 'fuzzed.npz'
    )


def _npz(named: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **named)
    return file.getvalue()


PLACES = (
    'run',
    'toy.yaml',
    'photos',
    'nowhere',
    '',
    '.',
    '-',
    'run/jobs',
    'a\nb',
    'methods',
    'DANN',
    '\x1b[31m',
    '/dev/null',
)
FEW = (
    'list',
    'report',
    'validators',
    'data',
    'gap',
    'predict',
    'monitor',
    'export',
    'reproduce',
    'search',
    'audit',
    'benchmark',
    'fit',
)


def _lines(place: Place) -> tuple[st.SearchStrategy[Any], Callable[[Any], str]]:
    from dann import cli

    parser = cli._parser()
    choices = next(each.choices for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    options = sorted(
        {text for command in choices.values() for each in command._actions for text in each.option_strings}
    )
    options.remove('--serve')  # which waits for a browser
    words = st.one_of(st.sampled_from(options), st.sampled_from(PLACES), SCALARS.map(str))
    lines = st.tuples(st.sampled_from(FEW), st.lists(words.filter(lambda text: '\0' not in text), max_size=6))

    def judge(line: tuple[str, list[str]]) -> str:
        words = [text.encode('utf-8', 'replace').decode() for text in line[1]]
        return place.call(line[0], *words, limit=LIMIT, prepared=_without_workers).wrong

    return lines, judge
