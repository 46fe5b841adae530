"""The networks that a benchmark has trained, restored, and the features they compute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dann.benchmarks.results.opened import Results
from dann.benchmarks.results.records import Record
from dann.core.errors import RunError, UserError, unknown
from dann.core.views import View
from dann.datasets.loading import SplitChunks
from dann.datasets.pair import DomainPair
from dann.engine.module import AdaptationModule
from dann.engine.saved import WEIGHTS, read, restored
from dann.networks.batch_norm import Domain
from dann.shift.domains import Domains
from dann.shift.features import BATCH, as_classes, stacked, watched
from dann.shift.seen import Seen


def trained_jobs(folder: Path, methods: Sequence[str] | None = None) -> list[tuple[Path, Record]]:
    """Return for each row its job with the lowest seed and a record of that job, source-only first.

    Args:
        folder: Where ``dann benchmark`` wrote.
        methods: Rows to take; ``None`` for all.

    Raises:
        UserError: There is no such row.
    """
    opened = Results.open(folder)
    rows: dict[str, tuple[Path, Record]] = {}
    for job, records in opened.jobs.items():
        method = records[0]['method']
        if method not in rows or records[0]['seed'] < rows[method][1]['seed']:
            rows[method] = job, records[0]
    for name in methods or ():
        if name not in rows:
            raise unknown('method', name, rows)
    order = [name for name in opened.benchmark.get('methods', {}) if name in rows]
    order = sorted(dict.fromkeys([*order, *rows]), key=lambda name: name != 'source_only')
    return [rows[name] for name in order if not methods or name in methods]


def load_module(job: Path, allow: Iterable[str] = ()) -> AdaptationModule:
    """Return the network of a job as its training left it; nothing that its configuration names is imported.

    Args:
        job: Folder of the job.
        allow: Modules with code of the user's own that may be imported.

    Raises:
        RunError: The job's files are missing or damaged, or need code that is not allowed.
    """
    try:
        return restored(read(job / WEIGHTS), allow=allow)
    except UserError as error:
        raise _damaged(job, error) from error


def _damaged(job: Path, error: Exception) -> RunError:
    why = ' '.join(str(error).split())[:200]
    return RunError(
        f'cannot restore the network of {job} ({why}); delete that folder and run the benchmark again'
    )


def seen_by(job: Path, record: Record, domains: Domains, pair: DomainPair, allow: Iterable[str] = ()) -> Seen:
    """Return both domains as a trained network sees them: bottleneck, every stage, hidden layers and class scores.

    Source images pass as in training, target images as in deployment. The predictions on held-out source samples
    are those on its validation split.

    Raises:
        UserError: The network is for other classes.
    """
    module = load_module(job, allow)
    classes = module.network.head[-1].out_features
    if classes != len(domains.classes):
        raise UserError(
            f'{job} tells {classes} classes apart, {domains.names[0]} has {len(domains.classes)}; '
            'name the benchmark that the folder was trained on'
        )
    views, layers = zip(*(_views(module, domains, side) for side in ('source', 'target')), strict=True)
    both = {layer: (stacked(layers[0][layer]), stacked(layers[1][layer])) for layer in layers[0]}
    return Seen(
        name=record['method'],
        source=stacked([views[0].features]),
        target=stacked([views[1].features]),
        layers=both,
        predicted=as_classes(views[1].predictions),
        held_out=_held_out(module, domains, pair),
        uses_target_labels=record['uses_target_labels'],
    )


def _domain(module: AdaptationModule, part: str) -> Domain:
    return 'source' if part == 'source' else module.deployed


@torch.no_grad()
def _views(module: AdaptationModule, domains: Domains, side: str) -> tuple[View, dict[str, list[Tensor]]]:
    domain = _domain(module, domains.parts[side == 'target'])
    network, views, found = module.evaluated, [], dict[str, list[Tensor]]()
    with watched(network.backbone.stages()) as latest:
        for images in domains.batches(side, BATCH):
            view = network(images, domain=domain)
            views.append(view)
            hidden = {f'hidden {number}': layer for number, layer in enumerate(view.hidden, start=1)}
            for layer, value in {
                **latest,
                'features': view.features,
                **hidden,
                'logits': view.logits,
            }.items():
                found.setdefault(layer, []).append(value)
    return View.concatenate(views), found


@torch.no_grad()
def _held_out(module: AdaptationModule, domains: Domains, pair: DomainPair) -> Any:
    if domains.labels is None:
        return None
    images: Iterator[Any] = iter(SplitChunks(pair.source.images('val'), size=BATCH, augment=domains.augment))
    predicted = torch.cat([module.evaluated(part, domain='source').predictions for part in images])
    return as_classes(predicted), as_classes(pair.source.labels('val'))


def trained_networks(
    folder: Path, methods: Sequence[str] | None = None, allow: Iterable[str] = ()
) -> Callable[[Domains, DomainPair], Iterator[Seen]]:
    """Return a function for ``on`` of ``dann.shift.gap``: the features in the networks of a benchmark's folder.

    Args:
        folder: Where ``dann benchmark`` wrote.
        methods: Rows to take; ``None`` for all.
        allow: Modules with code of the user's own that may be imported.

    Raises:
        UserError: There are no such results, or no such row.
    """
    jobs = trained_jobs(folder, methods)
    return lambda domains, pair: (seen_by(job, record, domains, pair, allow) for job, record in jobs)
