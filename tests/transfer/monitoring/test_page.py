"""The page."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from monitored import monitored_report

from dann.transfer.monitoring.page import render_page


class Page(HTMLParser):
    """The tags and addresses of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ''
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or '' for name, value in attrs if name in ('src', 'href')]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_holds_all_that_it_needs() -> None:
    page = Page(render_page(monitored_report(shift=2.0)))
    assert page.tags.count('img') == 2  # for a light and for a dark page
    assert all(each.startswith(('data:', '#')) for each in page.addresses)
    assert 'script' not in page.tags
    assert 'Alarm in 2 of 4 windows' in page.text
    assert 'reference (200)' in page.text
    assert 'Window 3' in page.text
    assert 'probability of at most 5 %' in page.text
    assert 'no part in the verdict (* in the table) have no line' in page.text


def test_without_an_alarm_nothing_is_said_to_have_moved() -> None:
    page = Page(render_page(monitored_report()))
    assert 'No window has an alarm or a warning.' in page.text


@pytest.mark.parametrize('name', ['<script>alert(1)</script>', 'a\x1b[2J', '"><img src=x>'])
def test_names_of_strangers_are_text(name: str) -> None:
    report = monitored_report(shift=2.0)
    windows = tuple(
        replace(each, batch=f'{name}{each.batch}', first=name, last=name) for each in report.windows
    )
    hostile = replace(
        report, classes=(name, 'b', 'c', 'd'), model=name, windows=windows, unreadable=(name,), reference=name
    )
    page = Page(render_page(hostile))
    assert page.tags == Page(render_page(replace(report, unreadable=('one',)))).tags
    assert '\x1b' not in page.text
