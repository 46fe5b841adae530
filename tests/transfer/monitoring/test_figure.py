"""The figure of a stream."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from monitored import batch, monitored_report, seen

from dann.core.colours import VERMILION
from dann.reporting import palette
from dann.transfer.monitoring import figure
from dann.transfer.monitoring.figure import figure_svg
from dann.transfer.monitoring.stream import watch


def test_the_figure_is_a_drawing_with_its_labels() -> None:
    drawn = figure_svg(monitored_report(shift=2.0).windows)
    text = ''.join(ET.fromstring(drawn).itertext())
    for words in (
        'MMD² from the reference',
        'p-values, and what a window may spend',
        'alarm',
        'level of an alarm',
    ):
        assert words in text
    assert 'warning' in text


def test_equal_streams_give_equal_figures_and_no_alarm_is_drawn_without_one() -> None:
    calm = monitored_report().windows
    assert figure_svg(calm) == figure_svg(calm)
    marks = figure_svg(monitored_report(shift=2.0).windows).count(VERMILION.lower())
    assert figure_svg(calm).count(VERMILION.lower()) < marks


@pytest.mark.parametrize(('before', 'part'), [(0, 2), (59, 1)])
def test_the_lines_are_what_the_tests_of_the_verdict_may_spend(before: int, part: int) -> None:
    windows = watch(seen(100, 0), [batch(seen(100, 1))], seen=before)
    axes = palette.new_figure(4, 3).subplots()
    figure._draw_p_values(axes, windows)
    drawn = {line.get_label(): np.asarray(line.get_ydata()).tolist() for line in axes.lines}
    assert drawn['level of an alarm'] == [window.alarm_at / part for window in windows]
    assert drawn['level of a warning'] == [window.warning_at / part for window in windows]
