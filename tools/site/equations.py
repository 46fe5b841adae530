"""Equations as MathML, made when the site is built: every browser shows it, without a script and without a network.

The pages write them as GitHub reads them: a fence ``math``, and inline a dollar sign around backticks.
"""

from __future__ import annotations

import re
from typing import Any

from latex2mathml.converter import convert
from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor

INLINE = r'\$`([^`]+)`\$'
BEFORE_CODE = 200  # backticks have 190
WRITTEN = {  # what the converter does not know, by what it does
    r'\\arg\\(max|min)': r'\\arg\1',
    r'\\[lr]Vert': '‖',
    r'\\[lr]vert': '|',
    r'\\mathrm\{([A-Za-z]{2,})\}': r'\\text{\1}',
    r'(begin|end)\{aligned\}': r'\1{align*}',
}
BELOW = r'\\(sum|prod|max|min|argmax|argmin|sup|inf)(?=\s*[_^])'


def mathml(latex: str, *, display: bool) -> str:
    """Return an equation as MathML.

    Args:
        latex: The equation.
        display: Whether it stands on a line of its own.

    Raises:
        ValueError: A command in it is not known.
    """
    known = latex
    for pattern, other in WRITTEN.items():
        known = re.sub(pattern, other, known)
    if display:
        known = re.sub(BELOW, r'\\\1\\limits', known)
    converted = convert(known, display='block' if display else 'inline')
    if left := re.search(r'>\s*(\\\w+)', converted):
        msg = (
            f'expected LaTeX that MathML can be made of, got {left[1]} in {latex!r}; write it in another way'
        )
        raise ValueError(msg)
    return converted


def fence(source: str, *_: Any, **__: Any) -> str:
    """Return a fence ``math`` as MathML; pymdownx.superfences calls it."""
    return f'<div class="equation">{mathml(source, display=True)}</div>'


class _Inline(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: Any) -> tuple[str, int, int]:  # noqa: N802
        return self.md.htmlStash.store(mathml(m[1], display=False)), m.start(), m.end()


class Equations(Extension):
    """Inline equations of Python-Markdown."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register them before inline code."""
        md.inlinePatterns.register(_Inline(INLINE, md), 'equation', BEFORE_CODE)


def makeExtension(**options: Any) -> Equations:  # noqa: N802
    """Return the extension; Python-Markdown finds it by this name."""
    return Equations(**options)
