"""Streams without drift, drawn from the reference itself: how often there is an alarm for nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from dann.core.errors import UserError, check
from dann.core.seeds import LARGEST_SEED
from dann.core.views import View
from dann.stats.intervals import proportion_interval
from dann.transfer.monitoring.plan import LEAST_REFERENCE, Plan
from dann.transfer.monitoring.stream import Batch, watch

STREAMS = 100_000  # at most


@dataclass(frozen=True, slots=True)
class Simulation:
    """How many streams without drift had an alarm.

    Args:
        streams: How many there were.
        windows: Of each.
        alarms: How many had an alarm.
        warnings: How many had a warning or an alarm.
    """

    streams: int
    windows: int
    alarms: int
    warnings: int

    @property
    def alarm_rate(self) -> tuple[float, float]:
        """Exact 95 % interval of the rate of streams with an alarm, of which halves of one reference are a draw."""
        return proportion_interval(self.alarms, self.streams)

    @property
    def warning_rate(self) -> tuple[float, float]:
        """The same of warnings."""
        return proportion_interval(self.warnings, self.streams)


def simulate(reference: View, streams: int, plan: Plan | None = None) -> Simulation:
    """Halve the reference at random, again and again, and monitor the one half against the other.

    No sample is in both halves, and none twice in one, so that nothing has drifted and every alarm is false. All
    streams are drawn from the same samples: the interval of their rate is that of other draws from them.

    Args:
        reference: What the network makes of the reference, at least twice as many samples as a window has.
        streams: How many, above 0.
        plan: Levels, window and permutations.

    Raises:
        UserError: Too few samples, or permutations that cannot reach the level.
    """
    plan = plan or Plan()
    check_simulated(len(reference), streams, plan)
    half = len(reference) // 2
    found = [_stream(reference, half, plan, each) for each in range(streams)]
    return Simulation(
        streams,
        half // plan.window,
        sum('alarm' in verdicts for verdicts in found),
        sum(bool(verdicts - {'none'}) for verdicts in found),
    )


def check_simulated(samples: int, streams: int, plan: Plan) -> None:
    """Raise ``UserError`` where no such streams can be drawn or tested, before any is.

    Args:
        samples: Of the reference.
        streams: As for ``simulate``.
        plan: As for ``simulate``.
    """
    check(0 < streams <= STREAMS, f'expected from 1 to {STREAMS:,} simulated streams, got {streams}')
    half = samples // 2
    if half < plan.window:
        raise UserError(
            f'half of the reference has {half} samples and a window {plan.window} of a simulated stream; give a larger '
            'reference, or a smaller --window'
        )
    if half < LEAST_REFERENCE:
        raise UserError(
            f'half of the reference has {half} samples, and at least {LEAST_REFERENCE} are the reference of a '
            'simulated stream; give a larger reference'
        )
    plan.check_reach(half // plan.window, ' of a simulated stream')


def _stream(reference: View, half: int, plan: Plan, number: int) -> set[str]:
    order = torch.from_numpy(np.random.default_rng([plan.seed, number, 1]).permutation(len(reference)))
    view = reference[order[half : 2 * half]]
    batch = Batch('simulated', [str(each) for each in range(half)], view)
    own = replace(plan, seed=(plan.seed + number) % (LARGEST_SEED + 1))  # permutations of its own
    return {window.verdict for window in watch(reference[order[:half]], [batch], own)}
