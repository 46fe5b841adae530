"""Interval plots of differences."""

import numpy as np

from dann.reporting import palette
from dann.reporting.forest import Panel, by_family, forest, limits, single_forest
from dann.stats.intervals import Estimate

LEFT = Panel('left', {'dann': Estimate(0.1, 0.01, 0.02, 3), 'fda': Estimate(0.2, 0.01, 0.3, 3)})
RIGHT = Panel('right', {'cdan': Estimate(0.3, None, None, 1), 'dann': Estimate(0.2, 0.01, 0.02, 3)})
FAMILIES = {'dann': 'adversarial', 'fda': 'style', 'cdan': 'adversarial'}


def test_rows_stand_by_family_the_largest_mean_first() -> None:
    assert by_family([LEFT, RIGHT], FAMILIES) == [
        ('adversarial', 'cdan'),
        ('adversarial', 'dann'),
        ('style', 'fda'),
    ]


def test_a_panel_a_comparison() -> None:
    rows = by_family([LEFT, RIGHT], FAMILIES)
    with palette.look():
        axes = forest([LEFT, RIGHT], rows, 'points').axes
    assert [each.get_title(loc='left') for each in axes] == ['left', 'right']
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ['cdan', 'dann', 'fda']
    assert [text.get_text() for text in axes[0].texts] == ['not measured']
    assert [text.get_text() for text in axes[1].texts] == ['not measured', 'Adversarial', 'Style']


def test_a_single_panel_has_its_numbers_beside_it() -> None:
    rows = by_family([LEFT], FAMILIES)
    with palette.look():
        (axes,) = single_forest(LEFT, rows, 'points', apart=False).axes
    assert [text.get_text() for text in axes.texts] == ['+10.0 ± 2.0', '+20.0 ± 30.0', 'Adversarial', 'Style']
    assert axes.get_yticks().tolist() == [0, 1]
    faces = [np.asarray(each.get_facecolor()).tolist() for each in axes.collections]
    assert faces.count([[1, 1, 1, 1]]) == 1  # of the interval that holds zero


def test_one_wide_interval_does_not_set_the_axis() -> None:
    wide = Estimate(0.0, 0.5, 0.9, 2)
    assert limits([Estimate(0.1, 0.01, 0.02, 3), Estimate(0.2, 0.01, 0.03, 3), wide]) == (-3.0, 23.0)
    assert limits([]) == (-2.0, 2.0)
