"""What is known of a pair of domains before anything is trained in full, and what full training found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from statistics import fmean
from typing import Any

from dann.reporting.notation import BASELINE


@dataclass(frozen=True, slots=True)
class Distance:
    """How far apart the domains are, before any training.

    Args:
        on: ``encoder``, or ``pixels`` for samples that are no images.
        value: Proxy A-distance, from about 0 (one domain) to 2 (told apart without error).
        halves: The same of two random halves of the source.
        p_value: Of the permutation test that both domains are one.
        label_shift: Estimated share of the target that would have to change class to have the source's shares.
        label_shift_p: Of the test that the shares are the same; both are ``None`` where nothing was estimated.
    """

    on: str
    value: float
    halves: float
    p_value: float
    label_shift: float | None = None
    label_shift_p: float | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """One option in the short trial; fractions, means over its seeds.

    Args:
        labels: Whether it trains on labels of the target.
        score: Of the selection rule, on the target without labels; ``None`` where nothing was trained for it.
        source: Accuracy on the source's validation split; ``None`` for what sees no source.
        agreement: Share of the target's validation images of which it predicts what most rows without target labels do.
        held_out: Accuracy on target labels that were held out of its training; ``None`` without any.
        seconds: Of one run of the trial with its evaluation; ``None`` where nothing was trained for it.
    """

    labels: bool
    score: float | None = None
    source: float | None = None
    agreement: float | None = None
    held_out: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures on which advice rests; none of them has seen a target label but those that were given.

    Args:
        source: Name of the source.
        target: Name of the target.
        classes: How many.
        sizes: Samples of ``source`` and ``target`` in training.
        distance: Of the domains.
        steps: Training steps of the trial.
        full: Training steps of the configuration.
        seeds: Of the trial.
        rule: The score that ranks without labels.
        labels: Target labels of each class that are given; 0 for none.
        held: How many of these were held out to score on.
        domains: Digests of what both domains are; a pair with one of them is no independent judge of this one.
        tried: The options by name.
    """

    source: str
    target: str
    classes: int
    sizes: Mapping[str, int]
    distance: Distance
    steps: int
    full: int
    seeds: int
    rule: str
    labels: int = 0
    held: int = 0
    domains: tuple[str, ...] = ()
    tried: Mapping[str, Tried] = field(default_factory=dict)

    @property
    def unlabelled(self) -> dict[str, Tried]:
        """The options that need no label of the target."""
        return {name: each for name, each in self.tried.items() if not each.labels}

    def apart(self, other: Figures) -> bool:
        """Return whether another pair has neither of the domains."""
        return not {*self.domains} & {*other.domains}

    def without_labels(self) -> Figures:
        """Return what would be known if no label were given."""
        tried = {name: replace(each, held_out=None) for name, each in self.unlabelled.items()}
        return replace(self, labels=0, held=0, tried=tried)

    def as_json(self) -> dict[str, Any]:
        """Return the figures in plain values."""
        return asdict(self) | {'sizes': dict(self.sizes), 'domains': list(self.domains)}

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Figures:
        """Return what ``as_json`` has written."""
        tried = {name: Tried(**each) for name, each in found['tried'].items()}
        return cls(
            **{
                **found,
                'distance': Distance(**found['distance']),
                'tried': tried,
                'domains': tuple(found['domains']),
            }
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What full training found.

    Args:
        accuracies: Target test accuracy, a fraction, by option and seed.
        steps: Training steps.
    """

    accuracies: Mapping[str, Mapping[int, float]]
    steps: int

    def mean(self, option: str) -> float:
        """Return the mean accuracy of an option over seeds."""
        return fmean(self.accuracies[option].values())

    def gain(self, option: str) -> float:
        """Return by how much an option is better than the source network as it is."""
        return self.mean(option) - self.mean(BASELINE)

    def as_json(self) -> dict[str, Any]:
        """Return the accuracies in plain values."""
        return {
            'steps': self.steps,
            'accuracies': {
                name: {str(seed): value for seed, value in each.items()}
                for name, each in self.accuracies.items()
            },
        }

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Outcome:
        """Return what ``as_json`` has written."""
        accuracies = {
            name: {int(seed): value for seed, value in each.items()}
            for name, each in found['accuracies'].items()
        }
        return cls(accuracies, found['steps'])


@dataclass(frozen=True, slots=True)
class Measured:
    """A pair of which both are known.

    Args:
        name: Of the pair.
        figures: From the trial.
        outcome: Of full training.
    """

    name: str
    figures: Figures
    outcome: Outcome
