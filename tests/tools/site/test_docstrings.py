"""Docstrings as the reference reads them."""

from __future__ import annotations

import pytest

griffe = pytest.importorskip('griffe')
docstrings = pytest.importorskip('tools.site.docstrings')


def test_equations_of_their_own_become_fences_and_sections_stay() -> None:
    text = 'First.\n\n.. math::\n    a = b \\\\\n    c\n\nMore of :math:`x`.\n\nArgs:\n    x: A `page <https://a.b>`_.\n'
    assert docstrings.translated(text) == (
        'First.\n\n~~~math\na = b \\\\ c\n~~~\n\nMore of $`x`$.\n\nArgs:\n    x: A [page](https://a.b).\n'
    )


def test_an_example_is_a_section() -> None:
    assert docstrings.translated('A.\n\nExample:\n    >>> [1, 2]\n    [1, 2]').startswith(
        'A.\n\nExamples:\n    >>> '
    )


def test_a_method_has_the_equations_of_the_functions_that_compute_it() -> None:
    found = griffe.load('dann.methods.alignment.afn', extensions=griffe.load_extensions(docstrings.Markup))
    text = found['AFN'].docstring.value
    first, equation, _ = text.split('\n\n', 2)
    assert first.startswith('Adaptive feature norm')
    assert equation.startswith('~~~math\n\\ell = ')
