"""Terms that draw domains together."""

from __future__ import annotations

from torch import Tensor

from dann.audit.findings import Finding
from dann.audit.gradients.adversarial import adversarial, change_of
from dann.audit.gradients.distance import deviations, energy_distance
from dann.audit.gradients.probe import Probe, descended, scientific
from dann.audit.parts import Part
from dann.datasets.loading import Batch

NAME = 'gradient sign'
STEPS, SIZE = 10, 0.005


def aligning(probe: Probe, part: Part, terms: list[str]) -> Finding:
    """Check that training on the terms alone draws the domains together.

    The terms must be lower with the source images in place of the target's, and a step of the features must lower
    them. The evidence also gives the change of the energy distance, which none of the terms is; a term that compares
    only covariances may lower these at the expense of the means. Terms that are a sum of one part of the source and
    one part of the target compare nothing, so the check does not apply to them.
    """
    losses = probe.losses()
    present = [term for term in terms if term in losses]
    if not present or 'source' not in probe.batch:
        return Finding(NAME, 'does not apply', f'{part.name}: it has no term of its own at this step')
    if part.family == 'alignment':  # the family of a class that declares none, which may have a critic
        played = adversarial(probe, part, terms)
        if played.verdict != 'does not apply':
            return played
    if not _compares(probe, present):
        evidence = f'{part.name}: a sum of a part for each domain, which compares nothing between them'
        return Finding(NAME, 'does not apply', evidence)
    now, alike = (probe.value(present, batch) for batch in (probe.batch, _alike(probe)))
    return _judged(probe, part, present, alike - now)


def _judged(probe: Probe, part: Part, terms: list[str], alike: float) -> Finding:
    change = change_of(probe, terms, probe.of_features() or probe.of_head())
    evidence = (
        f'{part.name}: {" + ".join(terms)} changes by {scientific(alike)} where the target is the source'
    )
    if change is None:
        return Finding(NAME, 'undecided', f'{evidence}; no gradient reaches the features on this batch')
    step = descended(probe, terms, probe.of_features() + probe.of_head(), steps=STEPS, size=SIZE)
    farther = _farther(probe, step)
    evidence = (
        f'{evidence}, and by {scientific(change)} in a step down its gradient in the features; '
        f'{STEPS} such steps change the energy distance by {farther:+.0%}'
    )
    if alike > 0:
        return Finding(NAME, 'fail', f'{evidence}; it drives the domains apart')
    # a term that holds part of itself constant, such as pseudo-labels, may rise where the domains come together
    if change >= 0 and farther > 0:
        return Finding(NAME, 'fail', f'{evidence}; its gradient is reversed, with no critic to play against')
    return Finding(NAME, 'pass' if alike < 0 else 'undecided', evidence)


def _farther(probe: Probe, step: dict[str, Tensor]) -> float:
    """Return by what share a step changes the energy distance, in units of the deviations before it."""
    pairs = []
    for each in ({}, step):
        source, target = probe.views(each)
        assert source is not None
        pairs.append((source.features, target.features))
    unit = deviations(*pairs[0])
    before, after = (energy_distance(source / unit, target / unit) for source, target in pairs)
    return (after - before) / max(before, 1e-12)


def _alike(probe: Probe) -> Batch:
    """Return the batch with its source images as those of the target."""
    images, _ = probe.batch['source']
    return {**probe.batch, 'target': images, 'target_index': probe.batch['target_index'][: len(images)]}


def _compares(probe: Probe, terms: list[str]) -> bool:
    """Whether the terms are more than a function of the source plus one of the target.

    Of such a sum the mixed difference over two source and two target batches, here the negatives, is 0.
    """
    (images, labels), target = probe.batch['source'], probe.batch['target']
    source: Batch = {**probe.batch, 'source': (1 - images, labels)}
    both: Batch = {**source, 'target': 1 - target}
    other: Batch = {**probe.batch, 'target': 1 - target}
    values = [probe.value(terms, batch, held=True) for batch in (probe.batch, both, source, other)]
    mixed = values[0] + values[1] - values[2] - values[3]
    largest = max(map(abs, values))
    return abs(mixed) > 1e-9 * largest or not largest
