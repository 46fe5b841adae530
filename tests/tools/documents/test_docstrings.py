"""Docstrings taken apart and turned into Markdown."""

from __future__ import annotations

from typing import Any

from dann.methods.alignment.mmd import MMD
from tools.documents.docstrings import arguments, described, equations, introduction, markdown, section


class Base:
    """The base.

    Args:
        weight: Factor
            on all.
        schedule: When.
    """

    def __init__(self, weight: float = 1.0, schedule: int = 0) -> None:
        """Take them."""


class Child(Base):
    r"""The child.

    It has a
    second paragraph.

    .. math::
        a = b, \qquad
        c = d

    And a third.

    Args:
        weight: Another: factor.
        schedule: As in the base.
        extra: One more.

    Fails when:
        It rains.

        It snows.

    Reference:
        `A Title <https://example.org>`_, eq. 1.
    """

    def __init__(self, *, extra: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)


def test_sections_are_found_by_their_headings() -> None:
    assert section(Child, 'Fails when') == 'It rains.\n\nIt snows.'
    assert section(Base, 'Reference') == ''
    assert introduction(Child).split('\n\n') == ['It has a\nsecond paragraph.', 'And a third.']


def test_options_are_described_by_the_class_or_its_base() -> None:
    assert described(Child) == {'weight': 'Another: factor.', 'schedule': 'When.', 'extra': 'One more.'}
    assert set(arguments(Child)) == {'weight', 'schedule', 'extra'}
    assert arguments(type('Silent', (Base,), {})) == {}
    assert described(Base)['weight'] == 'Factor on all.'


def test_markup_becomes_markdown() -> None:
    text = 'Of ``None`` and :math:`x^2`, see `A\n    Title <https://example.org>`_.\n\nNext\none.'
    assert markdown(text) == 'Of `None` and $`x^2`$, see [A Title](https://example.org).\n\nNext one.'


def test_equations_are_those_of_the_functions_that_a_class_uses() -> None:
    found = equations(MMD)
    assert any(r'\mathrm{MMD}^2' in equation for equation in found)
    assert not any('\n' in equation for equation in found)
