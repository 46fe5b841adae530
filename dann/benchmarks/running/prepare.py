"""Checks every configuration and draws the data before the first job starts."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dann.benchmarks.plan.fingerprint import fingerprint
from dann.benchmarks.plan.grid import Benchmark, Job, digest
from dann.benchmarks.plan.keys import printed
from dann.benchmarks.plan.plan import PER_SEED
from dann.benchmarks.results.guard import SUFFIX, can_guard
from dann.benchmarks.results.selection import LAST
from dann.core.errors import RunError, UserError, unknown
from dann.core.parts import PARTS
from dann.core.validator import estimators
from dann.datasets.base import SPLITS, unlabelled
from dann.datasets.pair_checks import needs_sources
from dann.datasets.unseen import part_of
from dann.reporting.files import write_whole

FAIRNESS = 'fairness'  # the family of rows in which rare classes or groups count, by a loss or by sampling


@dataclass(frozen=True, slots=True)
class Prepared:
    """The jobs of a benchmark, as far as they are known before the first one starts.

    Args:
        identities: By job name, the fields that each of its records carries. A job that cannot run here has none.
        manifests: Of the two domains.
        refused: By job name, why this machine cannot run it, for example because a package is missing.
        left_out: By row, that it trains on target labels, where the target has none.
    """

    identities: dict[str, dict[str, Any]]
    manifests: dict[str, Any]
    refused: dict[str, str]
    left_out: dict[str, str] = field(default_factory=dict)


def prepare(benchmark: Benchmark, jobs: list[Job], folder: Path) -> Prepared:
    """Build every row once, draw both domains, and leave the contact sheet.

    Raises:
        UserError: A configuration that cannot run.
    """
    from dann.engine.bank import attach
    from dann.engine.catalogue import resolve
    from dann.engine.loggers import quiet

    quiet()
    for row in benchmark.methods.values():
        for kind in PARTS:
            if kind in row:  # its own message says more than the parser's
                resolve(kind, row[kind]['class_path'] if isinstance(row[kind], dict) else row[kind])
    rows, refused = build(benchmark, jobs)
    _check_sources(rows)
    left_out = _leave_out(rows)
    if not rows and not any(folder.glob('jobs/*/done')):
        raise UserError(f'{"; ".join(left_out.values())}; name another row with --methods')
    # rows with the same two values share their data: every pair that is set up holds its images in memory
    pairs = {(row.datamodule.reference, row.datamodule.shots): row.datamodule for row in rows.values()}
    manifests = _draw(list(pairs.values()), folder)
    for row in rows.values():
        attach(row.model, pairs[row.datamodule.reference, row.datamodule.shots])
        _check_rule(benchmark.select, row)
    about = _abouts(benchmark, [job for job in jobs if job.method in rows], rows)
    identities = {
        job.name: {
            'format': 1,
            'benchmark': benchmark.name,
            'method': job.method,
            'seed': job.seed,
            'steps': job.steps,
            'run': job.name,
            'protocol': job.protocol,
            **about[job.name],
        }
        for job in jobs
        if job.name in about
    }
    unable = {job.name: refused[job.method] for job in jobs if job.method in refused}
    return Prepared(identities, manifests, unable, left_out)


def build(benchmark: Benchmark, jobs: list[Job]) -> tuple[dict[str, Any], dict[str, str]]:
    """Build every row once; return those that can be built, and why the others cannot on this machine."""
    from dann.engine.experiment import ExperimentCLI

    off = {'logger': False, 'enable_checkpointing': False, 'enable_progress_bar': False}
    rows: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for job in jobs:
        if job.method in rows or job.method in refused:
            continue
        config = job.config | {'trainer': job.config['trainer'] | off}
        try:
            rows[job.method] = ExperimentCLI(config, run=False)
        except UserError as error:
            lacking = _lacking(error)
            if lacking is None:
                raise
            refused[job.method] = ' '.join(str(lacking).split())
            continue
        _check_rule(benchmark.select, rows[job.method])
    if not rows:
        raise UserError(next(iter(refused.values())))
    return rows, refused


def _check_sources(rows: dict[str, Any]) -> None:
    for method, row in rows.items():
        if row.datamodule.num_sources < row.model.fewest_sources:
            raise UserError(needs_sources(method, row.datamodule.source.name))


def _lacking(error: BaseException | None) -> UserError | None:
    """Return the error that says what this machine lacks: this one, or one that caused it."""
    while error is not None:
        if isinstance(error, RunError) or (
            isinstance(error, UserError) and isinstance(error.__cause__, ImportError)
        ):
            return error
        error = error.__cause__ or error.__context__
    return None


def _leave_out(rows: dict[str, Any]) -> dict[str, str]:
    """Take the rows that train on target labels away where the target has none, and return why."""
    found = {
        method: f'{method} trains on labels of {row.datamodule.target.name}, which has none'
        for method, row in rows.items()
        if _needs_labels(row.datamodule) and not row.datamodule.target.labelled
    }
    for method in found:
        del rows[method]
    return found


def _needs_labels(pair: Any) -> bool:
    return bool(pair.reference or pair.shots)


def _check_rule(rule: str, row: Any) -> None:
    estimates = [] if row.datamodule.target.labelled else estimators()
    scores = list(dict.fromkeys(f'val/{each.name}' for each in [*row.model.computed, *estimates]))
    known = [LAST, *scores, *([score + SUFFIX for score in scores] if can_guard(set(scores)) else [])]
    if rule not in known:
        raise unknown('selection rule', rule, known)
    score = rule.removesuffix(SUFFIX)
    dear = {f'val/{validator.name}' for validator in row.model.computed if validator.cost == 'dear'}
    if score in dear and row.model.dear_validators != 'always':
        raise UserError(
            f'{score} is dear, and computed at every evaluation only if asked for; '
            'set `dear_validators: always` under `model: init_args:`'
        )


def _draw(pairs: list[Any], folder: Path) -> dict[str, Any]:
    manifests: dict[str, Any] = {}
    for pair in pairs:
        if not pair.source.labelled:
            raise UserError(unlabelled(pair.source.name))
        pair.prepare_data()
        pair.setup()
        if not pair.reference or not manifests:
            domains = {'source': pair.source, 'target': pair.target}
            domains |= {part_of(each): each for each in pair.unseen}
            manifests = {part: domain.manifest() for part, domain in domains.items()}
            _leave_contact_sheet(folder, pair.target.contact_sheet())
    return manifests


def _abouts(benchmark: Benchmark, jobs: list[Job], rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the records of each job say about its row and its data, by the job's name."""
    from dann.shift.pairs import configured_pair

    per_seed = benchmark.splits == PER_SEED
    known: dict[tuple[Any, ...], dict[str, Any]] = {}
    found = {}
    for job in jobs:
        row = rows[job.method]
        kind = (row.datamodule.reference, row.datamodule.shots, job.seed if per_seed else None)
        if kind not in known:
            pair = configured_pair(job.config['data'], job.seed) if per_seed else row.datamodule
            pair.prepare_data()
            known[kind] = _of_data(pair) | {'fingerprint': fingerprint(benchmark, pair)}
        own = benchmark.of_row(job.method)
        prints = known[kind]['fingerprint'] | (printed(own) if own is not benchmark else {})
        found[job.name] = _of_model(row.model, row.datamodule) | known[kind] | {'fingerprint': prints}
    return found


def _of_model(model: Any, pair: Any) -> dict[str, Any]:
    parts = (model, *(getattr(model, part) for part in PARTS))
    families = {part.family for part in parts if part is not None} - {'reference'}
    families |= set() if pair.sampling == 'natural' else {FAIRNESS}
    families -= {FAIRNESS} if pair.reference else set()  # where all rows have it, the ceiling is one still
    neither = 'few labels' if pair.shots else 'reference'  # the ceiling is a reference, and shots are none
    return {
        'family': 'combined' if len(families) > 1 else min(families, default=neither),
        'uses_target_labels': _needs_labels(pair),
        'features': 'bank' if model.backbone.stored else 'images',
    }


def _of_data(pair: Any) -> dict[str, Any]:
    sides = {'source': pair.source, 'target': pair.target}
    return {
        'source': pair.source.name,
        'target': pair.target.name,
        'manifests': {side: digest(domain.manifest()) for side, domain in sides.items()},
        'setting': pair.setting,
        'sizes': {side: {split: len(domain.ids(split)) for split in SPLITS} for side, domain in sides.items()}
        | {part_of(domain): {'test': len(domain.ids('test'))} for domain in pair.unseen},
    } | ({} if pair.target.labelled else {'unlabelled': True})


def _leave_contact_sheet(folder: Path, rows: dict[str, Any]) -> None:
    import numpy as np

    path = folder / 'contact.npz'
    if rows and not path.exists():
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **rows)
        write_whole(path, buffer.getvalue())
