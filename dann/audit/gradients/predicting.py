"""Terms computed from the network's predictions on target images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dann.audit.findings import Finding
from dann.audit.gradients.probe import Probe, descended
from dann.audit.parts import Part
from dann.functional.entropies import entropies, mutual_information
from dann.networks.network import Network

NAME = 'gradient sign'
STEPS, SIZE, LEAST = 10, 0.01, 1e-4
CERTAIN = 20.0


def predicting(probe: Probe, part: Part, terms: list[str]) -> Finding:
    """Check that steps down the terms alone make target predictions more certain or more informative.

    A term that asks two passes to agree is least at any constant prediction, certain or not, so certainty cannot show
    its sign. Such a term passes where its value is lower at constant predictions.
    """
    losses = probe.losses()
    present = [term for term in terms if term in losses]
    if not present:
        return Finding(NAME, 'does not apply', f'{part.name}: it has no term of its own')
    names = probe.of_features() + probe.of_head() + probe.of_others()
    if not probe.gradient([losses[term] for term in present], names):
        return Finding(NAME, 'undecided', f'{part.name}: {" + ".join(present)} has no gradient on this batch')
    agreed = _agreement(probe, part, present)
    return _judged(probe, part, present, names) if agreed is None else agreed


def _agreement(probe: Probe, part: Part, terms: list[str]) -> Finding | None:
    """Judge terms that ask two passes to agree: random ones that are equal for all constant predictions."""
    now, again = _value(probe, terms), _value(probe, terms, seed=1)
    uniform, sure = (_constant(probe, terms, logit) for logit in (0.0, CERTAIN))
    if now == again or abs(sure - uniform) > 1e-3 * max(abs(now), abs(uniform), abs(sure)):
        return None
    evidence = (
        f'{part.name}: {" + ".join(terms)} asks passes to agree: {now:.1e}, and {sure:.1e} where all do'
    )
    if now > sure:
        return Finding(NAME, 'pass', evidence)
    return Finding(NAME, 'fail', f'{evidence}; it rewards disagreement')


def _value(probe: Probe, terms: Sequence[str], seed: int = 0) -> float:
    losses = probe.losses(seed=seed)
    return sum(float(losses[term].detach()) for term in terms)


def _judged(probe: Probe, part: Part, terms: Sequence[str], names: list[str]) -> Finding:
    step = descended(probe, list(terms), names, steps=STEPS, size=SIZE)
    before, after = (_figures(probe.views(each)[1].logits) for each in ({}, step))
    evidence = (
        f'{part.name}: {STEPS} steps down {" + ".join(terms)} alone: entropy of target predictions '
        f'{before[0]:.3f} to {after[0]:.3f}, InfoMax {before[1]:.3f} to {after[1]:.3f}'
    )
    less_certain, less_informative = after[0] > before[0] + LEAST, after[1] < before[1] - LEAST
    if less_certain and less_informative:
        return Finding(NAME, 'fail', f'{evidence}; both go the wrong way')
    if after[0] < before[0] - LEAST or after[1] > before[1] + LEAST:
        return Finding(NAME, 'pass', evidence)
    return Finding(NAME, 'undecided', f'{evidence}, too little to tell')


def _figures(logits: Tensor) -> tuple[float, float]:
    """Return mean entropy, and mutual information."""
    return float(entropies(logits).mean()), float(mutual_information(logits))


def _constant(probe: Probe, terms: Sequence[str], logit: float) -> float:
    """Return the terms where every network, teachers too, gives the first class this logit and all others 0."""
    layers = [part.head[-1] for part in probe.module.modules() if isinstance(part, Network)]
    last = {id(layer.weight): layer for layer in layers if isinstance(layer, nn.Linear)}
    probe.reset()
    with torch.no_grad():
        for layer in last.values():
            layer.weight.zero_()
            layer.bias.zero_()
            layer.bias[0] = logit
    losses = probe.module.losses(probe.batch, probe.progress)
    return sum(float(losses[term].detach()) for term in terms)
