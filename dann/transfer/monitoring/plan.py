"""How a stream is tested: levels, window, permutations, and how much of the reference is used."""

from __future__ import annotations

from dataclasses import dataclass

from dann.core.errors import UserError, check
from dann.core.seeds import check_seed
from dann.transfer.monitoring.spending import MOST, permutations_for, spent

LEAST = 10  # samples of a window
LEAST_REFERENCE = 20
DESCRIBED = (
    999  # permutations of a p-value that decides nothing, and of others at least, if nobody says how many
)
MOST_SAMPLES = 10_000  # of a window, and of the reference: the kernel holds a number for each pair


@dataclass(frozen=True, slots=True)
class Plan:
    """How a stream is tested.

    Args:
        level: Probability that a stream without drift, however long, has any alarm; in (0, 1).
        warning: The same of a warning, which is raised sooner; from ``level`` to below 1.
        window: Samples that are tested together, from 10.
        permutations: Of the permutation test, for every window; ``None`` for as many as each window's level takes.
        samples: Samples of the reference at most, of which more are drawn at random.
        seed: Of that draw and of the permutations.
        tests: Further tests, as dotted paths of ``DriftTest`` classes; each has an equal part of what a window spends.

    Raises:
        CheckError: A number is out of range.
    """

    level: float = 0.05
    warning: float = 0.2
    window: int = 50
    permutations: int | None = None
    samples: int = 1000
    seed: int = 0
    tests: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check(0 < self.level < 1, f'expected `level` above 0 and below 1, got {self.level}; 0.05 is usual')
        check(
            self.level <= self.warning < 1,
            f'expected `warning` from the level of an alarm, {self.level}, to below 1, got {self.warning}; a warning '
            'is raised sooner than an alarm',
        )
        for name, least in (('window', LEAST), ('samples', LEAST_REFERENCE)):
            value = getattr(self, name)
            check(
                least <= value <= MOST_SAMPLES,
                f'expected `{name}` from {least} to {MOST_SAMPLES:,}, got {value}',
            )
        check(
            self.permutations is None or 19 <= self.permutations <= 10_000_000,
            f'expected `permutations` from 19 to 10,000,000, got {self.permutations}; leave it out for enough',
        )
        check_seed('seed', self.seed)

    def by_mmd(self, window: int) -> bool:
        """Whether the permutation test takes part in the verdict on the window of a number.

        Where nobody says how many permutations to draw, it does as long as it takes no more than ``MOST``.
        """
        return self.permutations is not None or self.needed(window) <= MOST

    def needed(self, window: int) -> int:
        """Return the permutations with which the smallest p-value reaches the level of a window."""
        return permutations_for(spent(self.level, window) / self._parts)

    @property
    def _parts(self) -> int:
        return 2 + len(self.tests)

    def drawn(self, window: int) -> int:
        """Return how many permutations are drawn of a window at most."""
        return self.permutations or max(self.needed(window), DESCRIBED)

    def check_reach(self, last: int, of: str = '') -> None:
        """Raise ``UserError`` where the permutations that were asked for cannot raise an alarm in some window.

        Args:
            last: Number of the last window to be tested.
            of: Which stream's it is, as the message goes on; empty for that of the samples.
        """
        given, needed = self.permutations, self.needed(last)
        if given is not None and given < needed:
            part = spent(self.level, last) / self._parts
            raise UserError(
                f'{given:,} permutations cannot reach the level of window {last}{of}, {part:.2g}; pass --permutations '
                f'{needed}, or leave it out for as many as each window takes'
            )
