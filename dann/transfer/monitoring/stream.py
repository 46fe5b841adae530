"""A stream: batches in the order of time, cut into windows that are tested one after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from dann.core.errors import UserError
from dann.core.views import View
from dann.transfer.monitoring.accuracy import estimated
from dann.transfer.monitoring.plan import LEAST, LEAST_REFERENCE, Plan
from dann.transfer.monitoring.window import Name, Window, judged


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples that came together, as the network sees them.

    Args:
        name: What the batch is called.
        names: Of its samples.
        view: The samples, in the same order.
    """

    name: str
    names: Sequence[str]
    view: View


def cuts(count: int, window: int) -> list[slice]:
    """Return the windows of a batch; what is left at its end belongs to the last one.

    Args:
        count: Samples of the batch, above 0.
        window: Samples of a window, above 0.

    Example:
        >>> cuts(130, 50)
        [slice(0, 50, None), slice(50, 130, None)]
    """
    starts = [window * each for each in range(max(count // window, 1))]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], count], strict=True)]


def watch(
    reference: View,
    batches: Sequence[Batch],
    plan: Plan | None = None,
    *,
    seen: int = 0,
    labelled: View | None = None,
) -> tuple[Window, ...]:
    """Test all windows of some batches against a reference.

    Args:
        reference: What the network makes of samples of the domain that it was adapted to; best of some that it was not
            trained on.
        batches: In the order of time.
        plan: Levels, window and permutations.
        seen: Windows of the same stream that were tested before.
        labelled: What the network makes of source samples with labels that it was not trained on, to estimate accuracy.

    Raises:
        UserError: Too few samples, or permutations that cannot reach the level.
    """
    plan = plan or Plan()
    _check_sizes(reference, batches)
    total = sum(len(cuts(len(batch.names), plan.window)) for batch in batches)
    plan.check_reach(seen + total)
    compared = sampled(reference, plan)
    return tuple(_windows(compared, batches, plan, seen, labelled))


def sampled(reference: View, plan: Plan) -> View:
    """Return the reference, or as many of its samples as the plan allows, drawn at random."""
    if len(reference) <= plan.samples:
        return reference
    order = np.random.default_rng(plan.seed).permutation(len(reference))[: plan.samples]
    return reference[torch.from_numpy(np.sort(order))]


def samples_until(windows: Sequence[Window], verdicts: Sequence[str] = ('alarm',)) -> int | None:
    """Return how many samples there are up to the end of the first window with a verdict; ``None`` without one."""
    passed = 0
    for window in windows:
        passed += window.samples
        if window.verdict in verdicts:
            return passed
    return None


def _windows(
    reference: View, batches: Sequence[Batch], plan: Plan, seen: int, labelled: View | None
) -> Iterator[Window]:
    number = seen
    for batch in batches:
        for cut in cuts(len(batch.names), plan.window):
            number += 1
            names, view = batch.names[cut], batch.view[cut]
            found = judged(reference, view, Name(number, batch.name, names[0], names[-1]), plan)
            estimates: Mapping[str, float] = estimated(labelled, view) if labelled is not None else {}
            yield replace(found, estimates=estimates)


def _check_sizes(reference: View, batches: Sequence[Batch]) -> None:
    if len(reference) < LEAST_REFERENCE:
        raise UserError(
            f'the reference has {len(reference)} samples, and at least {LEAST_REFERENCE} are needed; some hundreds '
            'see smaller drifts'
        )
    for batch in batches:
        if len(batch.names) < LEAST:
            count = len(batch.names)
            raise UserError(
                f'{batch.name} has {count} {"sample" if count == 1 else "samples"}, and at least {LEAST} are tested '
                'together; wait for more, and pass them in one batch'
            )
