"""One window of a stream, tested against the reference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dann.core.views import View
from dann.shift.arrays import Array
from dann.transfer.monitoring.drift_test import checked, drift_tests
from dann.transfer.monitoring.kolmogorov_smirnov import Moved, ks_tests
from dann.transfer.monitoring.permutations import window_test
from dann.transfer.monitoring.plan import DESCRIBED, Plan
from dann.transfer.monitoring.spending import shares, spent

DECIMALS = 5  # of a feature in its unit: the same sample in another batch differs behind them
Verdict = Literal['none', 'warning', 'alarm']


@dataclass(frozen=True, slots=True)
class Window:
    """What was found in one window.

    Args:
        number: In its stream, from 1.
        batch: Name of the batch that it is of.
        first: Name of its first sample.
        last: Name of its last sample.
        samples: How many it has.
        mmd: Unbiased squared discrepancy from the reference.
        mmd_p: Its p-value.
        by_mmd: Whether that p-value takes part in the verdict.
        moved: The variables that moved most, the first with the p-value of all together.
        shares: Share of each predicted class.
        alarm_at: The level that the window spends of an alarm's, for both tests together.
        warning_at: The same of a warning's.
        verdict: ``none``, ``warning`` or ``alarm``.
        further: P-values of the plan's further tests, by name.
        estimates: Estimated accuracy by name; empty without labelled source samples.
    """

    number: int
    batch: str
    first: str
    last: str
    samples: int
    mmd: float
    mmd_p: float
    by_mmd: bool
    moved: tuple[Moved, ...]
    shares: tuple[float, ...]
    alarm_at: float
    warning_at: float
    verdict: Verdict
    further: Mapping[str, float] = field(default_factory=dict)
    estimates: Mapping[str, float] = field(default_factory=dict)

    @property
    def ks_p(self) -> float:
        """P-value of the hypothesis that no variable has moved."""
        return self.moved[0].p_value


@dataclass(frozen=True, slots=True)
class Name:
    """What a window is called: its number, its batch, and its first and last sample."""

    number: int
    batch: str
    first: str
    last: str


def unit_of(reference: View) -> float:
    """Return the power of ten below the largest feature of the reference: that from 1 to 10 has a unit of 1.

    Features of any size are then rounded alike, and those of usual size are left as they are.
    """
    largest = float(np.abs(reference.features.double().numpy()).max(initial=0.0))
    return 10.0 ** math.floor(math.log10(largest)) if 0 < largest < math.inf else 1.0


def variables(view: View, unit: float = 1.0) -> Array:
    """Return what is tested of each sample: the bottleneck's features, then the probability of each class.

    Args:
        view: Of the samples.
        unit: As for ``features``.

    Returns:
        Shape ``(N, D + C)``.
    """
    found: Array = np.concatenate(
        [features(view, unit), _rounded(view.probabilities.double().numpy())], axis=1
    )
    return found


def features(view: View, unit: float = 1.0) -> Array:
    """Return the bottleneck's features in double precision, shape ``(N, D)``.

    Args:
        view: Of the samples.
        unit: In which they are measured before they are rounded, as ``unit_of`` returns it.
    """
    return _rounded(view.features.double().numpy() / unit)


def class_shares(view: View) -> tuple[float, ...]:
    """Return the share of samples that each class is predicted of, in the order of the classes."""
    counts = np.bincount(view.predictions.numpy(), minlength=view.logits.shape[1])
    return tuple((counts / len(view)).tolist())


def judged(reference: View, view: View, name: Name, plan: Plan) -> Window:
    """Return the verdict on one window.

    There is an alarm where the permutation test of the MMD on the features, or the Kolmogorov-Smirnov tests of all
    features and class probabilities, corrected by Holm, or a further test of the plan reject, each at an equal part of
    ``spending.spent`` of the level. Where the permutation test would take more than ``spending.MOST`` permutations the
    others have its part.

    Args:
        reference: What the network makes of the reference.
        view: What it makes of the window.
        name: Of the window.
        plan: Levels, permutations and further tests.

    Raises:
        ValueError: Too few samples, or features that are not finite.
        UserError: A further test cannot be imported.
        RunError: A further test returns what is no p-value.
    """
    number = name.number
    by_mmd = plan.by_mmd(number)
    alarm, warning = (
        shares(level, number, by_mmd=by_mmd, further=len(plan.tests)) for level in (plan.level, plan.warning)
    )
    unit = unit_of(reference)
    moved = ks_tests(variables(reference, unit), variables(view, unit))
    ks = moved[0].p_value
    draw = np.random.default_rng([plan.seed, number])
    # what the other test has decided needs no thousands of permutations
    drawn = plan.drawn(number)
    most = drawn if by_mmd and ks > alarm.ks else min(DESCRIBED, drawn)
    tested = window_test(features(reference, unit), features(view, unit), most, draw)
    further = _further(reference, view, number, plan)
    found = tested.p_value, ks, further.values()
    return Window(
        number=number,
        batch=name.batch,
        first=name.first,
        last=name.last,
        samples=len(view),
        mmd=tested.value,
        mmd_p=tested.p_value,
        by_mmd=by_mmd,
        moved=moved,
        shares=class_shares(view),
        alarm_at=spent(plan.level, number),
        warning_at=spent(plan.warning, number),
        verdict=_verdict(alarm.rejected(*found), warning.rejected(*found)),
        further=further,
    )


def _further(reference: View, view: View, number: int, plan: Plan) -> dict[str, float]:
    """Return the p-values of further tests by name; what each draws does not depend on the others."""
    return {
        test.name: checked(
            test, test.p_value(reference, view, np.random.default_rng([plan.seed, number, place]))
        )
        for place, test in enumerate(drift_tests(plan.tests), start=1)
    }


def _verdict(alarm: bool, warning: bool) -> Verdict:
    if alarm:
        return 'alarm'
    return 'warning' if warning else 'none'


def _rounded(values: Array) -> Array:
    rounded: Array = np.round(values, DECIMALS)
    return rounded
