"""What monitoring has found, as data, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dann.reporting.markdown import Grid, bullets, inert, pipes
from dann.reporting.notation import points
from dann.transfer.monitoring.accuracy import errors_in_words
from dann.transfer.monitoring.plan import DESCRIBED, Plan
from dann.transfer.monitoring.simulation import Simulation
from dann.transfer.monitoring.stream import samples_until
from dann.transfer.monitoring.window import Verdict, Window

ORDER: tuple[Verdict, ...] = ('none', 'warning', 'alarm')
UNESTIMATED = (
    'No estimate of accuracy: the estimates compare confidence with that on source samples whose labels are known; '
    'pass such, that the model was not trained on, with --labelled.'
)


@dataclass(frozen=True, slots=True)
class MonitorReport:
    """What monitoring has found.

    Args:
        model: What the model is called.
        classes: Names of its classes.
        reference: Where the reference is from.
        reference_samples: How many samples it has.
        reference_shares: Share of each predicted class in it.
        features: How many features the bottleneck has; the variables after them are probabilities of classes.
        plan: Levels, window and permutations.
        seen_before: Windows of the stream that were tested by earlier calls.
        windows: Those that were tested now.
        estimated: Whether accuracy is estimated.
        simulation: Alarms in streams without drift; ``None`` where nobody asked.
        unreadable: A sentence for each file that could not be read.
    """

    model: str
    classes: tuple[str, ...]
    reference: str
    reference_samples: int
    reference_shares: tuple[float, ...]
    features: int
    plan: Plan
    seen_before: int
    windows: tuple[Window, ...]
    estimated: bool
    simulation: Simulation | None
    unreadable: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest of the windows."""
        return max((window.verdict for window in self.windows), key=ORDER.index)

    @property
    def alarm(self) -> bool:
        """Whether some window has an alarm."""
        return self.verdict == 'alarm'

    def variable(self, index: int) -> str:
        """Return what a tested variable is called."""
        if index < self.features:
            return f'feature {index}'
        return f'probability of {self.classes[index - self.features]}'

    def as_json(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            'verdict': self.verdict,
            'alarm': self.alarm,
            'samples_until_alarm': samples_until(self.windows),
            'model': self.model,
            'classes': list(self.classes),
            'reference': {
                'from': self.reference,
                'samples': self.reference_samples,
                'predicted': self._predicted(self.reference_shares),
            },
            'plan': asdict(self.plan),
            'seen_before': self.seen_before,
            'windows': [self._window(window) for window in self.windows],
            'simulation': _simulated(self.simulation),
            'notes': list(self.notes),
            'unreadable': list(self.unreadable),
        }

    def _window(self, window: Window) -> dict[str, Any]:
        moved = [asdict(each) | {'variable': self.variable(each.index)} for each in window.moved]
        return asdict(window) | {
            'ks_p': window.ks_p,
            'moved': moved,
            'shares': self._predicted(window.shares),
            'estimates': dict(window.estimates),
        }

    def _predicted(self, shares: Sequence[float]) -> dict[str, float]:
        return dict(zip(self.classes, shares, strict=True))

    def as_markdown(self) -> str:
        """Return tables and sentences."""
        parts = [
            f'**{inert(self.headline)}**',
            inert(self.about),
            pipes(self.grid()),
            pipes(self.shares_grid()),
            bullets(self.notes),
        ]
        return '\n\n'.join(parts) + '\n'

    @property
    def headline(self) -> str:
        """What was found, in a sentence."""
        found = [window for window in self.windows if window.verdict == self.verdict]
        if self.verdict == 'none':
            return f'No alarm and no warning in {_counted(len(self.windows), "window")}.'
        first = found[0]
        return (
            f'{self.verdict.capitalize()} in {len(found)} of {_counted(len(self.windows), "window")}, the first in '
            f'window {first.number} ({first.batch}), after {samples_until(self.windows, (self.verdict,))} samples.'
        )

    @property
    def about(self) -> str:
        """What was compared, in a sentence."""
        before = (
            f', after {_counted(self.seen_before, "window")} of earlier calls' if self.seen_before else ''
        )
        return (
            f'{self.model}; reference {self.reference}, {self.reference_samples} samples; '
            f'{sum(window.samples for window in self.windows)} new samples{before}.'
        )

    def grid(self) -> Grid:
        """Return the table of windows, its heading first."""
        names = list(dict.fromkeys(name for window in self.windows for name in window.estimates))
        own = list(self.windows[0].further)
        tested = ['MMD²', 'p (MMD)', 'p (KS)', *(f'p ({name})' for name in own)]
        heads = ['window', 'batch', 'samples', *tested, 'spent', 'moved most']
        return [[*heads, *(f'est. {name}' for name in names), 'verdict']] + [
            [
                str(window.number),
                window.batch,
                str(window.samples),
                f'{window.mmd:.4f}',
                p_value(window.mmd_p) + ('' if window.by_mmd else ' *'),
                p_value(window.ks_p),
                *(p_value(window.further[name]) for name in own),
                p_value(window.alarm_at),
                f'{self.variable(window.moved[0].index)} ({window.moved[0].distance:.2f})',
                *(points(window.estimates[name]) if name in window.estimates else '—' for name in names),
                '—' if window.verdict == 'none' else window.verdict,
            ]
            for window in self.windows
        ]

    def shares_grid(self) -> Grid:
        """Return the shares of predicted classes in percent: of the reference, and of all windows of each batch."""
        rows = [(f'reference ({self.reference_samples})', self.reference_shares)]
        for batch in dict.fromkeys(window.batch for window in self.windows):
            own = [window for window in self.windows if window.batch == batch]
            count = sum(window.samples for window in own)
            mean = [
                sum(window.samples * window.shares[place] for window in own) / count
                for place in range(len(self.classes))
            ]
            rows.append((f'{batch} ({count})', tuple(mean)))
        heads = ['predicted, %', *self.classes]
        return [heads, *([name, *map(points, shares)] for name, shares in rows)]

    @property
    def notes(self) -> tuple[str, ...]:
        """How to read the figures."""
        plan = self.plan
        untested = (
            '* No part of the verdict, whose level would take more permutations than are drawn: the '
            f'{"others have its part" if plan.tests else "Kolmogorov-Smirnov tests have all of it"}.'
        )
        return (
            f'A stream without drift, however long, has an alarm with a probability of at most {100 * plan.level:g} %, '
            f'and a warning of at most {100 * plan.warning:g} %: window k is tested at 6/(π² k²) of that (spent), '
            f'{_parts(plan)}. Where the latter have decided, the former draws {DESCRIBED} '
            'permutations at most. The rates hold where samples are drawn one by one as those of the reference were, '
            'which frames of one video are not.',
            *([untested] if not all(window.by_mmd for window in self.windows) else []),
            *([_words(self.simulation, plan)] if self.simulation else []),
            errors_in_words() if self.estimated else UNESTIMATED,
        )


def _parts(plan: Plan) -> str:
    """Return which test has which part of what a window spends."""
    mmd = 'the permutation test of the MMD'
    ks = 'the Kolmogorov-Smirnov tests of all features and class probabilities, corrected by Holm'
    if not plan.tests:
        return f'half of it for {mmd} and half for {ks}'
    return f'an equal part of it for {mmd}, for {ks}, and for each of {", ".join(plan.tests)}'


def p_value(value: float) -> str:
    """Return a p-value as tables have it: three decimals, and small ones by their power of ten.

    Example:
        >>> p_value(0.0312), p_value(0.00004)
        ('0.031', '4.0e-05')
    """
    return f'{value:.3f}' if value >= 0.001 else f'{value:.1e}'


def _counted(count: int, what: str) -> str:
    return f'{count} {what}{"s" * (count != 1)}'


def _simulated(found: Simulation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return asdict(found) | {
        'alarm_rate': list(found.alarm_rate),
        'warning_rate': list(found.warning_rate),
    }


def _words(found: Simulation, plan: Plan) -> str:
    (low, high), (lower, upper) = found.alarm_rate, found.warning_rate
    return (
        f'Simulated: of {found.streams:,} streams without drift, each {_counted(found.windows, "window")} of one half '
        f'of the reference against the other, {found.alarms} had an alarm (95 % interval {points(low)} to '
        f'{points(high)} %; stated: at most {100 * plan.level:g} %) and {found.warnings} a warning '
        f'({points(lower)} to {points(upper)} %; at most {100 * plan.warning:g} %).'
    )
