"""Equations as MathML."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from dann.engine.catalogue import methods
from tools.documents.docstrings import equations
from tools.documents.methods import aligned

markdown = pytest.importorskip('markdown')
site = pytest.importorskip('tools.site.equations')


def words(latex: str) -> str:
    """What the MathML of an equation reads as."""
    return ''.join(ElementTree.fromstring(site.mathml(latex, display=True)).itertext())


@pytest.mark.parametrize('method', methods(), ids=lambda method: method.name)
def test_the_equations_of_every_method_become_well_formed_mathml(method: object) -> None:
    for latex in equations(method.kind):  # type: ignore[attr-defined]
        root = ElementTree.fromstring(site.mathml(aligned(latex), display=True))
        assert root.tag.endswith('math')
        assert ''.join(root.itertext())


def test_what_the_converter_does_not_know_is_written_in_another_way() -> None:
    assert words(r'\arg\max_k x') == 'arg\u2009maxkx'
    assert words(r'\Bigl\lVert x \Bigr\rVert') == '‖x‖'
    assert words(r'\begin{aligned} a &= b \\ c &= d \end{aligned}') == 'a=bc=d'
    assert '<mtext>softmax</mtext>' in site.mathml(r'\mathrm{softmax}(Z)', display=True)


def test_limits_stand_below_in_an_equation_of_its_own_and_beside_in_a_line() -> None:
    assert '<munder>' in site.mathml(r'\sum_n x', display=True)
    assert '<msub>' in site.mathml(r'\sum_n x', display=False)


def test_a_command_that_is_not_known_ends_the_build() -> None:
    with pytest.raises(ValueError, match=r'got \\mystery in .*; write it in another way'):
        site.mathml(r'a + \mystery', display=False)


def test_inline_equations_are_found_and_code_is_left_alone() -> None:
    page = markdown.markdown('The loss $`\\ell`$ of `x` and `$y$`.', extensions=['tools.site.equations'])
    assert (
        re.sub(r'<math.*?</math>', 'MATH', page)
        == '<p>The loss MATH of <code>x</code> and <code>$y$</code>.</p>'
    )
    assert '&#x02113;' in page
