"""What monitoring has found as one HTML page that needs nothing but a browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dann.reporting.dark import darkened, svg_uri
from dann.reporting.templating import environment
from dann.transfer.monitoring.figure import figure_svg
from dann.transfer.monitoring.report import MonitorReport, p_value

if TYPE_CHECKING:
    from jinja2 import Environment


def render_page(report: MonitorReport) -> str:
    """Return the page; its figure is part of it."""
    drawn = figure_svg(report.windows)
    template = _environment().get_template('monitor.html.j2')
    return template.render(
        report=report, light=svg_uri(drawn), dark=svg_uri(darkened(drawn)), p_value=p_value
    )


@cache
def _environment() -> Environment:
    return environment(Path(__file__).parent / 'templates')
