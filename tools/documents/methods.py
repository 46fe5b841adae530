"""The page of methods, from their docstrings and signatures."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping
from typing import Any

import yaml

from dann.benchmarks.plan.schema import SHARED
from dann.core.families import family_name
from dann.core.search_space import Categorical, Values
from dann.core.shown import shown
from dann.core.signatures import constructor
from dann.engine.catalogue import CONTAINERS, Method, cited, methods, summary
from dann.reporting.markdown import pipes
from tools.documents.docstrings import arguments, described, equations, introduction, markdown, section

NOT_ITS_OWN = ('num_classes', 'image_shape', 'fairness', 'pretraining', *SHARED)
PARTS = ('alignment', 'style')  # left out for a training class, unless it describes them
EXAMPLE = {'both': {'alignment': {'class_path': 'Together', 'init_args': {'alignments': ['DANN', 'CORAL']}}}}
HEAD = """# Methods

Written by `make docs` from the classes themselves: an edit here is lost.

{count} methods of {families} families. An alignment and a style go together in one row of a benchmark; a training
class replaces the model. Every option below can be set under `init_args`.
"""


def methods_page() -> str:
    """Return the page as Markdown: an index, then a section a method."""
    found = methods()
    alone = [each for each in found if each.name not in CONTAINERS]
    families = {each.family for each in alone}
    parts = [HEAD.format(count=len(alone), families=len(families)), _index(found), *map(_section, found)]
    return '\n'.join(parts)


def _index(found: list[Method]) -> str:
    rows = [
        [
            f'[{each.name}](#{each.name.lower()})',
            each.place,
            family_name(each.family),
            _paper(each),
            _plain(summary(each.kind)),
        ]
        for each in sorted(found, key=lambda each: each.name.lower())
    ]
    return pipes([['method', 'where', 'family', 'paper', 'what it is'], *rows], shown) + '\n'


def _plain(text: str) -> str:
    return markdown(text).replace('\n', ' ')


def _paper(method: Method) -> str:
    title, url = cited(method.kind)
    return f'[{title}]({url})' if url else title or '—'


def _section(method: Method) -> str:
    fails, reference = (markdown(section(method.kind, heading)) for heading in ('Fails when', 'Reference'))
    blocks = [
        f'## {method.name}',
        f'{_plain(summary(method.kind))}. Family: {family_name(method.family)}; where: {method.place}.',
        markdown(introduction(method.kind)),
        *(f'```math\n{aligned(each)}\n```' for each in equations(method.kind)),
        _options(method),
        _optimizer(method.kind.recommended),
        _batch_norm(getattr(method.kind, 'batch_norm_policy', None)),
        f'**Fails when:** {fails}' if fails else '',
        f'**Reference:** {reference}' if reference else '',
        _rows(method),
    ]
    return '\n\n'.join(block for block in blocks if block) + '\n'


def aligned(equation: str) -> str:
    """Return an equation of several lines in what aligns them; another one as it is."""
    broken = '&' in equation or r'\\' in equation
    return (
        rf'\begin{{aligned}} {equation} \end{{aligned}}' if broken and r'\begin' not in equation else equation
    )


def _options(method: Method) -> str:
    words, training = described(method.kind), method.place == 'training'
    own = arguments(method.kind)
    rows = [
        [
            f'`{option.name}`',
            _default(option.default),
            _search(method.kind.search.get(option.name)),
            _plain(words.get(option.name, '')),
        ]
        for option in constructor(method.kind)
        if option.name not in NOT_ITS_OWN
        and not (training and option.name in PARTS and option.name not in own)
    ]
    return (
        pipes([['option', 'default', 'search', 'meaning'], *rows], shown)
        if rows
        else 'No options of its own.'
    )


def _default(value: Any) -> str:
    return 'required' if value is inspect.Parameter.empty else f'`{_yaml(value)}`'


def _yaml(value: Any) -> str:
    """Return a value as a configuration has it; of an object that YAML cannot hold, what Python shows."""
    if isinstance(value, tuple | list):
        return f'[{", ".join(map(_yaml, value))}]'
    if isinstance(value, types.FunctionType | type):
        return value.__qualname__
    if isinstance(value, str | int | float | None):
        return _flow(value)
    text = repr(value)
    return text if ' at 0x' not in text else f'{type(value).__name__}()'


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix('\n').removesuffix('\n...')


def _search(where: Values | None) -> str:
    if where is None:
        return '—'
    if isinstance(where, Categorical):
        return 'one of ' + ', '.join(f'`{_yaml(option)}`' for option in where.options)
    return f'{where.low:g} to {where.high:g}' + (', logarithmic' if where.log else '')


def _optimizer(recommended: Mapping[str, Any]) -> str:
    if not recommended:
        return ''
    own = f' Its authors train with {recommended["paper"]}.' if 'paper' in recommended else ''
    return (
        f'**Optimiser:** two players train against each other, and {recommended["because"]}: a `beta1` of Adam, or a '
        f'momentum of SGD, of at most {recommended["momentum"]:g} is recommended '
        f'({markdown(recommended["reference"])}).{own}'
    )


def _batch_norm(policy: str | None) -> str:
    means = {
        'separate': 'the domains pass through it one after the other (`separate`)',
        'domain_specific': 'each domain passes through one of its own (`domain_specific`)',
    }
    return f"**Batch norm:** {means[policy]}, as in the authors' code." if policy in means else ''


def _rows(method: Method) -> str:
    rows = EXAMPLE if method.name in CONTAINERS else method.rows
    lines = (f'{name}: {_flow(row)}' for name, row in rows.items())
    return '```yaml\n' + '\n'.join(lines) + '\n```'
