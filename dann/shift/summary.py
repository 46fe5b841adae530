"""All that ``dann gap`` says of two domains, as data and as text."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np

from dann.shift.domains import Domains
from dann.shift.frechet import fid, without_inception
from dann.shift.measure import Gap, gap_of
from dann.shift.reading import advice, before_and_after, read
from dann.shift.repeats import described, repeated
from dann.shift.seen import Seen
from dann.shift.tables import as_json, plain, tables

NOTES = (
    'Each row stands on principal axes of both domains together, one to ten samples and 64 at most, and is divided by '
    'one number, the root of their total variance, so that rows can be compared; CORAL, which divides by 4 d² for d '
    'axes, only where both have at least 640 images.',
    '± and brackets are 95 %; KL and JS are in nats.',
    '"no" gap: the permutation test on MMD does not reject at 5 %. Else the A-distance decides: small below 0.5, large '
    'from 1.5 on. The bounds are conventions, not theory.',
)


def summary(
    seen: Iterable[Seen], halves: Iterable[Seen], domains: Domains, options: argparse.Namespace
) -> tuple[dict[str, Any], str]:
    """Measure, and return the figures ready for JSON, and Markdown.

    Args:
        seen: What sees the two domains.
        halves: The same of two halves of the source: what a distance of nothing looks like.
        domains: The two domains.
        options: ``permutations``, ``seed`` and ``on``.
    """
    draw = {'permutations': options.permutations, 'seed': options.seed}
    gaps = [gap_of(each, domains.labels, domains.classes, **draw) for each in seen]
    floor = [_floor(gap_of(each, None, (), **draw)) for each in halves]
    trained = [gap for gap in gaps if any(layer.name == 'logits' for layer in gap.layers)]
    said = [read(gap) for gap in gaps]
    if sentence := before_and_after(trained):
        said.append(sentence)
    helps = advice(_adapted_from(gaps, trained))
    inception, remark = _inception(domains, options)
    facts = _head(domains, options) | {
        'rows': [as_json(gap) for gap in gaps],
        'halves_of_the_source': [as_json(gap) for gap in floor],
        'fid': inception,
        'reading': said,
        'advice': helps,
        'notes': [*NOTES, *remark],
    }
    main, *more = tables([*gaps, *floor])
    blocks = [_title(domains), main, _bullets([*said, *helps]), *more, _bullets([*NOTES, *remark])]
    return facts, '\n\n'.join(blocks) + '\n'


def repeats_summary(
    seen: Iterable[Seen], domains: Domains, options: argparse.Namespace
) -> tuple[dict[str, Any], str]:
    """Test random halves many times, and return the figures ready for JSON, and Markdown.

    Args:
        seen: What sees the two halves, which are put together again.
        domains: The two halves.
        options: ``repeats``, ``permutations`` and ``seed``.
    """
    found = [
        repeated(
            each.name,
            np.concatenate([each.source, each.target]),
            repeats=options.repeats,
            permutations=options.permutations,
            seed=options.seed,
        )
        for each in seen
    ]
    said = [described(each, options.seed) for each in found]
    facts = _head(domains, options) | {'repeats': [plain(asdict(each)) for each in found], 'reading': said}
    return facts, f'{_title(domains)}\n\n{_bullets(said)}\n'


def _adapted_from(gaps: list[Gap], trained: list[Gap]) -> Gap:
    """The row that advice is about: the network before adaptation, else the encoder, else what there is."""
    before = [gap for gap in trained if gap.name == 'source_only']
    encoder = [gap for gap in gaps if gap.layers and gap not in trained]
    return (before or encoder or gaps)[0]


def _floor(gap: Gap) -> Gap:
    return Gap(f'{gap.name}, halves of the source', gap.distances)


def _inception(domains: Domains, options: argparse.Namespace) -> tuple[float | None, list[str]]:
    if 'pixels' not in options.on:
        return None, []
    if why := without_inception():
        return None, [f'No FID: {why}. Each Frechet distance is that of the features its row names.']
    shown = (domains.augment.evaluation(images[:]) for images in (domains.source, domains.target))
    value = fid(*shown)
    return value, [f'FID (Inception v3, torchmetrics): {value:.1f}.']


def _head(domains: Domains, options: argparse.Namespace) -> dict[str, Any]:
    source, target = domains.names
    chosen = {key: getattr(options, key) for key in ('split', 'seed', 'permutations', 'halves')}
    return {'source': source, 'target': target, 'classes': list(domains.classes)} | chosen


def _title(domains: Domains) -> str:
    source, target = domains.names
    sizes = f'{len(domains.source)} and {len(domains.target)} images'
    return f'**{source} → {target}**, {domains.split} split, {sizes}'


def _bullets(lines: list[str]) -> str:
    return '\n'.join(f'- {line}' for line in lines)
