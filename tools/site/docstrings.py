"""Docstrings as MkDocs reads them: their equations, links and literals as Markdown."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from griffe import Extension, Object

from dann.engine.docstrings import MATH
from tools.documents.docstrings import equations
from tools.documents.methods import aligned

EXAMPLE = re.compile(r'^( *)Example:$', re.MULTILINE)  # in the plural a section for MkDocs
ROLE = re.compile(r':(?:func|class|meth):`([^`]+)`')
LINK = re.compile(r'`([^`<]+?)\s*<(https?://[^>]+)>`_', re.DOTALL)


class Markup(Extension):
    """Translates the docstring of every object that is read; mkdocs.yml names this file."""

    def on_instance(self, *, obj: Object, **kwargs: Any) -> None:
        """Called with each module, class, function and attribute."""
        if obj.docstring:
            text = translated(obj.docstring.value)
            if obj.is_class and obj.path.startswith('dann.methods.') and '~~~math' not in text:
                text = _with_equations(text, obj)
            obj.docstring.value = text


def _with_equations(text: str, kind: Object) -> str:
    """Return a method's docstring with the equations of the functions that compute it, after the first line."""
    found = equations(getattr(import_module(kind.module.path), kind.name))
    first, _, rest = text.partition('\n\n')
    return '\n\n'.join([first, *(f'~~~math\n{aligned(each)}\n~~~' for each in found), rest])


def translated(text: str) -> str:
    """Return a docstring with its markup as Markdown; its sections stay as they are.

    Example:
        >>> translated('The :func:`coral` of ``(B, D)``, :math:`x`.')
        'The `coral` of `(B, D)`, $`x`$.'
    """
    text = MATH.sub(_fence, text + '\n').removesuffix('\n')
    text = EXAMPLE.sub(r'\1Examples:', text)
    text = re.sub(r':math:`([^`]+)`', r'$`\1`$', ROLE.sub(r'`\1`', text))
    return LINK.sub(r'[\1](\2)', text).replace('``', '`')


def _fence(found: re.Match[str]) -> str:
    indent = found['indent']
    equation = ' '.join(f'{found["first"]} {found["rest"]}'.split())
    return f'{indent}~~~math\n{indent}{equation}\n{indent}~~~\n\n'
