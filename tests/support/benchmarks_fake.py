"""A benchmark's folder whose every number is known, written without training anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.records import Record, rewrite

CLASSES = ('circle', 'square', 'bar', 'cross')
STEPS = (100, 200, 300, 400)

# final target test accuracy by row and seed, and the row's family
ROWS: dict[str, tuple[str, tuple[float, ...]]] = {
    'source_only': ('reference', (0.60, 0.62, 0.64)),
    'dann': ('adversarial', (0.78, 0.80, 0.85)),
    'cdan': ('adversarial', (0.60, 0.63, 0.64)),
    'mmd': ('mmd', (0.70, 0.71, 0.75)),
    'coral': ('moments', (0.66, 0.64, 0.71)),
    'fda': ('style', (0.68, 0.70, 0.72)),
    'reinhard': ('style', (0.50, 0.53, 0.53)),
    'fda+dann': ('combined', (0.84, 0.85, 0.89)),
    'target_supervised': ('reference', (0.94, 0.95, 0.96)),
}


def record(method: str = 'dann', seed: int = 0, step: int = 100, **changes: Any) -> Record:
    """A record with ``changes`` to its fields; ``scores`` are added to two that every record has."""
    scores = {'oracle/target_val_accuracy': 0.5, 'oracle/target_test_accuracy': 0.5}
    fields: dict[str, Any] = {
        'format': 1,
        'benchmark': 'day-to-night',
        'method': method,
        'family': ROWS.get(method, ('adversarial', ()))[0],
        'uses_target_labels': method == 'target_supervised',
        'source': 'street/day',
        'target': 'street/night',
        'seed': seed,
        'step': step,
        'steps': 400,
        'run': f'{method}-seed{seed}-0123456789ab',
        'protocol': 'a1b2c3d4e5f6',
        'seconds': 1.5,
    }
    scores |= changes.pop('scores', {})
    record: Record = {**fields, **changes, 'scores': scores}  # type: ignore[typeddict-item]
    return record


def history(method: str, seed: int, final: float, **changes: Any) -> list[Record]:
    """Four evaluations: ``last`` reads ``final``, ``val/infomax`` step 300 and ``oracle`` step 200.

    At 300 the baseline is 0.01 below ``final`` and every other row 0.03; at 200 all are 0.02 below.
    """
    dip = 0.01 if method == 'source_only' else 0.03
    shape = {100: final - 0.10, 200: final - 0.02, 300: final - dip, 400: final}
    bend = {100: 0.2, 200: 0.6, 300: 0.9, 400: 0.7}
    wave = {100: 0.1, 200: 0.9, 300: 0.8, 400: 0.7}
    return [
        record(
            method,
            seed,
            step,
            scores={
                'loss/source': 100 / step,
                'val/source_accuracy': 0.97 - 10 / step,
                'val/infomax': bend[step] + final / 10,
                'val/entropy': -0.4 + step / 2000 + final / 10,
                'diagnostic/critic_accuracy': 0.5 + 25 / step,
                'oracle/target_val_accuracy': wave[step],
                'oracle/target_test_accuracy': shape[step],
            },
            **changes,
        )
        for step in STEPS
    ]


def records_of(rows: Mapping[str, Sequence[float]] | None = None) -> list[Record]:
    """The records of rows with these final accuracies by seed, or of ``ROWS``."""
    rows = {name: values for name, (_, values) in ROWS.items()} if rows is None else rows
    return [
        each
        for name, finals in rows.items()
        for seed, final in enumerate(finals)
        for each in history(name, seed, final)
    ]


def with_source(records: Sequence[Record], rows: Mapping[str, Sequence[float]]) -> list[Record]:
    """Give records an accuracy on the source's test split: at the last step that of ``rows`` by seed.

    Source-only has it throughout; each other row has 0.01 less for every evaluation that is still to come.
    """
    for each in records:
        values = rows.get(each['method'], ())
        if each['seed'] < len(values):
            lag = 0 if each['method'] == 'source_only' else (each['steps'] - each['step']) / 100
            each['scores']['source/test_accuracy'] = values[each['seed']] - 0.01 * lag
    return list(records)


def table_of(rows: Mapping[str, Sequence[float]] | None = None, select: str = 'last', **asked: Any) -> Table:
    """The table of such rows; ``asked`` goes into what the benchmark asks for."""
    methods = dict.fromkeys(ROWS if rows is None else rows)
    return build_table(records_of(rows), {'select': select, 'methods': methods} | asked)


def write_folder(
    root: Path,
    rows: Mapping[str, Sequence[float]] | None = None,
    *,
    benchmark: Mapping[str, Any] | None = None,
    pictures: bool = True,
) -> Path:
    """Write a benchmark's folder under ``root``: the given rows' final accuracies by seed, or ``ROWS``."""
    rows = {name: values for name, (_, values) in ROWS.items()} if rows is None else rows
    root.mkdir(parents=True, exist_ok=True)
    (root / 'benchmark.yaml').write_text(
        yaml.safe_dump(_benchmark(rows) | dict(benchmark or {}), sort_keys=False)
    )
    (root / 'run.json').write_text(json.dumps(_run(), indent=2))
    for name, finals in rows.items():
        for seed, final in enumerate(finals):
            write_job(root, history(name, seed, final), pictures=pictures)
    return root


def write_suite(root: Path) -> Path:
    """Write the folder of a suite of two benchmarks; ``val/infomax`` agrees with the target in both."""
    for name, sign in (('day', 1), ('sim', -1)):
        folder = write_folder(root / name, {}, pictures=False)
        for method, best in (('source_only', 0.6), ('dann', 0.8)):
            for seed in (0, 1):
                steps = [
                    record(
                        method,
                        seed,
                        step,
                        benchmark=name,
                        steps=3,
                        scores={
                            'val/infomax': step + 10 * best,
                            'val/odd': sign * (step + seed),
                            'val/source_accuracy': 0.9,
                            'val/marginal_entropy': 0.9,
                            'oracle/target_val_accuracy': best + step / 100,
                            'oracle/target_test_accuracy': best + step / 100,
                        },
                    )
                    for step in (1, 2, 3)
                ]
                write_job(folder, steps, pictures=False)
    return root


def write_job(root: Path, records: Sequence[Record], *, done: bool = True, pictures: bool = True) -> Path:
    """Write one job's folder."""
    job = root / 'jobs' / records[0]['run']
    job.mkdir(parents=True)
    rewrite(job / 'records.jsonl', records)
    (job / 'config.yaml').write_text('method: {}\n')
    if pictures:
        _pictures(job, records[-1])
    if done:
        (job / 'done').touch()
    return job


def _benchmark(rows: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    return {
        'name': 'day-to-night',
        'title': 'Day to night',
        'source': 'street/day',
        'target': 'street/night',
        'steps': 400,
        'seeds': [0, 1, 2],
        'select': 'val/infomax',
        'batch_size': 64,
        'batch_norm': 'separate',
        'backbone': {'class_path': 'SmallCNN', 'init_args': {'width': 32}},
        'methods': {name: _method(name) for name in rows},
    }


def _method(name: str) -> dict[str, Any]:
    parts = {'dann': {'alignment': 'DANN'}, 'fda': {'style': 'FDA'}, 'mmd': {'alignment': 'MMD'}}
    return {key: value for part in name.split('+') for key, value in parts.get(part, {}).items()}


def _run() -> dict[str, Any]:
    counts = {
        split: dict.fromkeys(CLASSES, size) for split, size in (('train', 300), ('val', 50), ('test', 100))
    }
    manifest = {
        'version': 1,
        'options': {'seed': 7},
        'counts': counts,
        'sha256': {'train.images.npy': 'ab' * 32},
    }
    return {
        'command': 'dann benchmark day-to-night',
        'machine': '2 cores, no accelerator',
        'versions': {'python': '3.11.9', 'torch': '2.13.0'},
        'started': '2026-01-02T03:04:05+00:00',
        'minutes': 4.2,
        'commit': '0123abc',
        'failed': [{'job': 'mixstyle-seed1-ba9876543210', 'error': 'RunError: the <loss> is NaN at step 40'}],
        'manifests': {
            'source': {'name': 'street/day', **manifest},
            'target': {'name': 'street/night', **manifest},
        },
    }


def _pictures(job: Path, last: Record) -> None:
    accuracy, generator = last['scores']['oracle/target_test_accuracy'], np.random.default_rng(last['seed'])
    labels = np.arange(200) % len(CLASSES)
    centres = 4 * np.eye(len(CLASSES), 16)
    source, target = (centres[labels] + generator.normal(size=(200, 16)) for _ in range(2))
    target += 12 * (1 - accuracy) * np.eye(16)[9]
    features = {'source': source, 'target': target, 'source_labels': labels, 'target_labels': labels}
    np.savez(job / 'features.npz', classes=np.array(CLASSES), **features)  # type: ignore[arg-type]
    miss = np.full((len(CLASSES),) * 2, round(100 * (1 - accuracy) / 3))
    np.save(job / 'confusion.npy', np.where(np.eye(len(CLASSES), dtype=bool), round(100 * accuracy), miss))
    np.savez(
        job / 'mistakes.npz',
        images=np.stack([_shape(index, 0.1) for index in range(3)]),
        index=np.arange(3),
        true=np.array([0, 0, 2]),
        predicted=np.array([1, 3, 1]),
        confidence=np.array([0.9, 0.5, 0.7]),
    )
    day = np.stack([_shape(index, 0.5) for index in range(12)])
    night = np.stack([_shape(index + 1, 0.1) for index in range(12)])
    stylised = {'stylised': (day * 0.45).astype(np.uint8)} if last['family'] in {'style', 'combined'} else {}
    np.savez(job / 'samples.npz', source=day, target=night, **stylised)  # type: ignore[arg-type]


def _shape(index: int, light: float) -> NDArray[np.uint8]:
    y, x = np.mgrid[-1:1:28j, -1:1:28j]
    ring, square = x**2 + y**2 < 0.5, np.maximum(abs(x), abs(y)) < 0.6
    bar, cross = abs(y) < 0.3, np.minimum(abs(x), abs(y)) < 0.25
    inside = (ring, square, bar, cross)[index % 4]
    sky = np.stack([light * (1 - y) * tint for tint in (0.7, 0.8, 1.0)])
    image = np.where(inside, np.array([0.9, 0.75, 0.3])[:, None, None] * (0.3 + light), sky)
    return (255 * image.clip(0, 1)).astype(np.uint8)
