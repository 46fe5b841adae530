"""Terms that draw domains together."""

from __future__ import annotations

from typing import cast

from torch import Tensor

from dann.audit.findings import Finding
from dann.audit.parts import Part
from dann.audit.signs.distance import deviations, energy_distance, mean_distance
from dann.audit.signs.probe import Probe, descended
from dann.datasets.loading import Batch

NAME = 'gradient sign'
STEPS, SIZE, LEAST = 10, 0.01, 0.005
MEASURES = {'energy distance': energy_distance, 'distance of means': mean_distance}


def aligning(probe: Probe, part: Part, terms: list[str]) -> Finding:
    """Whether steps down the terms alone bring the batch's two domains together, by other distances.

    Distances are in units of the features' deviations before the steps: a covariance that is aligned by shrinking
    brings domains together, and one that is driven apart by growing does not. Terms that are a sum of something of
    the source and something of the target compare nothing, and have no such sign.
    """
    losses = probe.losses()
    present = [term for term in terms if term in losses]
    if not present:
        return Finding(NAME, 'does not apply', f'{part.name}: it has no term of its own')
    if not _compares(probe, present):
        told = f'{part.name}: a sum of a part for each domain, which compares nothing between them'
        return Finding(NAME, 'does not apply', told)
    names = probe.of_features() + probe.of_head() + probe.of_others()
    changes = _changes(probe, descended(probe, present, names, steps=STEPS, size=SIZE))
    told = ', '.join(f'{measure} {change:+.1%}' for measure, change in changes.items())
    told = f'{part.name}: {STEPS} steps down {" + ".join(present)} alone: {told}'
    if all(change > LEAST for change in changes.values()):
        return Finding(NAME, 'fail', f'{told}; it drives the domains apart')
    if any(change < -LEAST for change in changes.values()):
        return Finding(NAME, 'pass', told)
    return Finding(NAME, 'undecided', f'{told}, too little to tell')


def _changes(probe: Probe, step: dict[str, Tensor]) -> dict[str, float]:
    """Return by what share each distance changes."""
    pairs = []
    for each in ({}, step):
        source, target = probe.views(each)
        assert source is not None
        pairs.append((source.features, target.features))
    unit = deviations(*pairs[0])
    found = {}
    for name, measure in MEASURES.items():
        before, after = (measure(source / unit, target / unit) for source, target in pairs)
        found[name] = (after - before) / max(before, 1e-12)
    return found


def _compares(probe: Probe, terms: list[str]) -> bool:
    """Whether the terms are more than a function of the source plus one of the target.

    Of such a sum the mixed difference over two source and two target batches is 0.
    """
    if 'source' not in probe.batch:
        return True
    (images, labels), target = probe.batch['source'], probe.batch['target']
    half = len(labels) // 2
    value = {}
    for ours in (slice(None, half), slice(half, 2 * half)):
        for theirs in (slice(None, half), slice(half, 2 * half)):
            part = dict(probe.batch) | {
                'source': (images[ours], labels[ours]),
                'target': target[theirs],
                'target_index': probe.batch['target_index'][theirs],
            }
            value[ours.stop, theirs.stop] = probe.held(terms, cast(Batch, part))
    one, other = half, 2 * half
    mixed = value[one, one] + value[other, other] - value[one, other] - value[other, one]
    return abs(mixed) > 1e-9 * max(map(abs, value.values()))
