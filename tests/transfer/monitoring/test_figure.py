"""The figure of a stream."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from monitored import monitored_report

from dann.core.colours import VERMILION
from dann.transfer.monitoring.figure import figure_svg


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
