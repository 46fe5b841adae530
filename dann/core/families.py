"""The families of methods: one table that the reports, the figures and the audit read.

A new family is one entry of ``FAMILIES``; a method then declares it by its name, ``family = 'moments'``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from dann.core import colours
from dann.core.frozen import frozen

Sign = Literal['adversarial', 'aligning', 'predicting', 'styling']
SPARE_COLOURS = (colours.LIME, colours.MAGENTA, colours.SEA, colours.RUST)


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of method.

    Args:
        label: Its name as reports print it.
        colour: Its colour in figures, as ``#rrggbb``; none gives one of the spare colours.
        sign: What ``dann audit`` expects of the gradient of its terms: ``adversarial`` plays against a critic,
            ``aligning`` draws the domains together, ``predicting`` makes target predictions more certain or more
            alike, ``styling`` changes source images; none where no sign is expected.
    """

    label: str
    colour: str | None = None
    sign: Sign | None = None


FAMILIES: Mapping[str, Family] = frozen(
    {  # in the order of reports
        'adversarial': Family('Adversarial', colours.BLUE, 'adversarial'),
        'mmd': Family('MMD', colours.ORANGE, 'aligning'),
        'moments': Family('Moments', colours.PINK, 'aligning'),
        'optimal transport': Family('Optimal transport', colours.SKY, 'aligning'),
        'output': Family('Output', colours.INDIGO, 'predicting'),
        'class-conditional': Family('Class-conditional', colours.BROWN, 'aligning'),
        'self-training': Family('Self-training', colours.WINE, 'predicting'),
        'ensembling': Family('Ensembling', colours.OLIVE, 'predicting'),
        'source-free': Family('Source-free', colours.TEAL, 'predicting'),
        'test-time': Family('Test-time', colours.PURPLE, 'predicting'),
        'normalisation': Family('Normalisation', colours.CHARCOAL),
        'style': Family('Style', colours.GREEN, 'styling'),
        'fairness': Family('Fairness'),
        'generalisation': Family('Generalisation'),
        'pretraining': Family('Pre-training'),
        # what no method declares: a row of parts of several families, target labels without a method, an alignment
        # whose class names no family, and rows without adaptation
        'combined': Family('Combined', colours.VERMILION),
        'few labels': Family('Few labels'),
        'alignment': Family('Alignment', sign='aligning'),
        'reference': Family('Reference', colours.GREY),
    }
)


def family_name(family: str) -> str:
    """Return the name of ``family`` as reports print it."""
    return FAMILIES[family].label if family in FAMILIES else family[:1].upper() + family[1:]


def in_order(families: Iterable[str]) -> list[str]:
    """Return different families in the order of reports, those that the table lacks last.

    Example:
        >>> in_order(['style', 'mmd', 'style', 'my own'])
        ['mmd', 'style', 'my own']
    """
    present = set(families)
    return [family for family in FAMILIES if family in present] + sorted(present - FAMILIES.keys())


def family_colours(families: Iterable[str]) -> dict[str, str]:
    """Return a colour for every family of the table that has one and for all of ``families``.

    Those without a colour of their own take the spare ones, in alphabetical order.
    """
    known = {name: family.colour for name, family in FAMILIES.items() if family.colour is not None}
    others = sorted(set(families) - known.keys())
    return known | {name: SPARE_COLOURS[i % len(SPARE_COLOURS)] for i, name in enumerate(others)}


def expected_sign(family: str) -> Sign | None:
    """Return what is expected of the gradient of ``family``; None where nothing is, or where the table lacks it."""
    return FAMILIES[family].sign if family in FAMILIES else None
