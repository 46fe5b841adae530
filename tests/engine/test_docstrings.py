"""Docstrings in parts, and as plain text."""

from __future__ import annotations

from dann.engine.docstrings import arguments, described, introduction, parsed, plain, section


class Base:
    """A base.

    Args:
        weight: Of the loss,
            in two lines.
        rate: Of learning.
    """


class Child(Base):
    r"""A child.

    It does more, with

    .. math:: x = 1

    Args:
        rate: As in ``Base``.
        steps: How many.

    Fails when:
        Nothing is left.
    """


def test_parts_are_found() -> None:
    assert parsed(Child).short_description == 'A child.'
    assert introduction(Child) == 'It does more, with'
    assert section(Child, 'Fails when') == 'Nothing is left.'
    assert section(Child, 'Reference') == ''
    assert arguments(Child) == {'rate': 'As in ``Base``.', 'steps': 'How many.'}
    assert described(Child) == {
        'weight': 'Of the loss, in two lines.',
        'rate': 'Of learning.',
        'steps': 'How many.',
    }


def test_markup_is_left_out() -> None:
    assert (
        plain('See `A\nPaper <https://a.b>`_, ``x`` and :math:`y`.') == 'See A Paper (https://a.b), x and y.'
    )
