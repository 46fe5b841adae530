"""What there is, read off the classes themselves."""

from __future__ import annotations

import inspect
import re
from typing import Any

from dann.discovery import members
from dann.experiment import ROOMS

ROOM_KINDS = {
    'methods': ('alignment', 'style', 'model'),
    'datasets': ('dataset',),
    'backbones': ('backbone',),
    'validators': ('validator',),
}
PLACES = {'alignment': 'alignment', 'style': 'style', 'model': 'training'}


def rows_of(kind: str) -> list[list[str]]:
    """Return a row for each class of ``methods``, ``datasets``, ``backbones`` or ``validators``.

    Methods come with family and paper, the others with the first line of their docstring.
    """
    rows = []
    for room in ROOM_KINDS[kind]:
        base, package = ROOMS[room]
        for name, member in members(base, package).items():
            facts = [PLACES[room], member.family, paper(member)] if kind == 'methods' else [summary(member)]
            rows.append([name, *facts])
    return rows


def summary(member: type[Any]) -> str:
    """Return the first line of a docstring, without its full stop."""
    return (inspect.getdoc(member) or '').partition('\n')[0].rstrip('.')


def paper(member: type[Any]) -> str:
    """Return the title of the first paper that a docstring cites, with its address where it has one."""
    reference = (inspect.getdoc(member) or '').partition('Reference:')[2]
    words = ' '.join(reference.split())
    linked = re.match(r'`(?P<title>[^<]+?) <(?P<url>[^>]+)>`_', words)
    return f'{linked["title"]} ({linked["url"]})' if linked else words.partition('.')[0]
