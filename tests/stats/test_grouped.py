"""The figures of groups by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from grouped_draws import drawn, slow_accuracy, slow_calibration, slow_difference


def test_every_figure_has_a_name() -> None:
    grouped = drawn()
    slow = {
        f'{name}/{kind}': figure(grouped, place)
        for place, name in enumerate(grouped.names)
        for kind, figure in (('accuracy', slow_accuracy), ('calibration_error', slow_calibration))
    }
    slow |= {
        'worst_accuracy': min(slow_accuracy(grouped, place) for place in range(3)),
        'parity_difference': slow_difference(grouped, ('all',)),
        'odds_difference': slow_difference(grouped, ('own', 'others')),
    }
    assert grouped.figures == pytest.approx(slow, abs=1e-12)
    assert grouped.sizes == {'dark': 80, 'light': 80, 'night': 80}


def test_a_group_without_samples_has_no_figure() -> None:
    grouped = replace(drawn(), names=('dark', 'light', 'night', 'dusk'))
    assert not any(name.startswith('dusk') for name in grouped.figures)
    assert grouped.figures == drawn().figures
