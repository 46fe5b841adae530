"""Adversarial terms: the critic must lower what the features raise."""

from __future__ import annotations

from dann.audit.findings import Finding
from dann.audit.gradients.descents import opposed_descents
from dann.audit.gradients.probe import Probe, scientific
from dann.audit.parts import Part

NAME = 'gradient sign'
SIZE = 1e-6


def adversarial(probe: Probe, part: Part, terms: list[str]) -> Finding:
    """Check that a step of the critic down a term lowers it, and that the step of the features raises it.

    A part without a critic may play the classifier against the features. For a method with several optimisers the
    check compares the losses that it descends on in turn.
    """
    losses = probe.losses()
    played = [term for term in terms if term in losses and probe.looks_at_target(term)]
    found = [each for term in played for each in _played(probe, term)]
    if not found and part.name == 'model':
        found = opposed_descents(probe)
    if not found:
        evidence = f'{part.name}: no term reaches both a critic and the features, so that nothing is played against it'
        return Finding(NAME, 'does not apply', evidence)
    wrong = [evidence for good, evidence in found if not good]
    return Finding(
        NAME,
        'fail' if wrong else 'pass',
        f'{part.name}: {"; ".join(wrong or [evidence for _, evidence in found])}',
    )


def _played(probe: Probe, term: str) -> list[tuple[bool, str]]:
    """Return whether a term is played right, and in words; nothing where it is not played."""
    own = change_of(probe, [term], probe.of_others())
    critic, critic_change = (
        ('critic', own) if own is not None else ('classifier', change_of(probe, [term], probe.of_head()))
    )
    features = change_of(probe, [term], probe.of_features())
    if critic_change is None or features is None:
        return []
    evidence = (
        f'a step down the gradient of {term} changes it by {scientific(critic_change)} in the {critic}, '
        f'by {scientific(features)} in the features'
    )
    if critic_change < 0 < features:
        return [(True, evidence)]
    if own is None and features < 0:
        return []  # a loss that everything descends, which has no second player
    wrong = (
        'the critic climbs what it should descend' if critic_change >= 0 else 'the gradient is not reversed'
    )
    return [(False, f'{evidence}: {wrong}')]


def change_of(probe: Probe, terms: list[str], names: list[str]) -> float | None:
    """Return by how much the step of some parameters changes a sum of terms; ``None`` where it does not reach them."""
    losses = probe.losses()
    gradient = probe.gradient([losses[term] for term in terms], names)
    if not gradient:
        return None
    after = probe.losses(probe.down(gradient, SIZE))
    return sum(float(after[term].detach()) - float(losses[term].detach()) for term in terms)
