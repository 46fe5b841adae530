"""The pages of the reference: what is public, found in the code, so that a new class stands in no list."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import dann
from dann import benchmarks
from dann.core.families import family_name, in_order
from dann.engine.catalogue import methods

PACKAGE = Path(dann.__file__).parent
ROOMS = {  # in the order of the menu: title, modules, and what the page says first
    'The contracts': (
        'core',
        'What a method, a style and a validator derive from, schedules and search ranges.',
    ),
    'Functional': ('functional', 'Functions of tensors, differentiable unless they say otherwise.'),
    'Pre-training': (
        'methods/pretraining',
        'First stages, which train a backbone on images without labels before anything is adapted.',
    ),
    'Online methods': (
        'methods/online',
        'What adapts a deployed network while it predicts, and the formulas that it is made of.',
    ),
    'Online streams': (
        'transfer/online',
        'Streams, protocols, and what counts the predictions of the moment.',
    ),
    'Validators': ('validators', 'Scores that choose a model without target labels: higher is better.'),
    'Networks': ('networks', 'Backbones, heads, critics and what stands between them.'),
    'Tasks': ('tasks', 'The loss on labelled source samples, and the metric.'),
    'Pairing and loading': (
        'datasets',
        'Domains, their pairing and augmentation; each kind of data set has its own page.',
    ),
    'Your own data': ('datasets/own', 'What reads folders, tables and arrays.'),
    'Published data sets': ('datasets/published', 'Each with the layout on disk that its authors publish.'),
    'Rendered data sets': ('datasets/rendered', 'Drawn from a seed when first used.'),
    'Storage': ('datasets/storage', 'Labels apart from images.'),
    'Checks of data': ('datasets/checks', 'What `dann data check` looks for.'),
    'Engine': ('engine', 'The module that trains, the evaluator, and what is done with a trained model.'),
    'Distances': ('shift', 'How far apart two domains are.'),
    'Monitoring': ('transfer/monitoring', 'Whether an adapted model still sees what it was adapted to.'),
    'Advice': ('advising', 'Fine-tune, adapt or train anew, with figures and how often they were right.'),
    'Statistics': ('stats', 'Intervals, paired tests and ranks.'),
    'scikit-learn': ('sklearn.py', 'A classifier for pipelines and grid searches.'),
}
DEEP = ('datasets/rendered',)  # rooms whose folders are on their page too
WHOLE = (
    'functional',
    'stats',
    'shift',
    'transfer/monitoring',
    'transfer/online',
    'methods/online',
)  # whose functions are public; of other rooms the classes are
LISTED = {'Benchmarks': (benchmarks, 'A run folder read from Python, and reports written from it.')}

Pages = dict[str, dict[str, str]]


def reference() -> Pages:
    """Return the Markdown of every page by its path below the site, by title, by chapter."""
    return {
        'Overview': {'reference/index.md': _overview()},
        'Methods by family': dict(_families()),
        'Rooms': {f'reference/{_slug(title)}.md': text for title, text in _rooms()},
    }


def _overview() -> str:
    front = '\n'.join(f'- `dann.{name}`' for name in dir(dann) if not name.startswith('_'))
    return (
        '# Reference\n\nMade from the docstrings when the site is built: every public class, and the functions of the '
        'rooms of mathematics. Options of methods with defaults and search ranges stand in '
        f'[Methods](../methods.md).\n\nThe names that `import dann` gives:\n\n{front}\n\n`dann.methods`, '
        '`dann.validators`, `dann.datasets` and `dann.networks` have every class by name.\n'
    )


def _families() -> Iterator[tuple[str, str]]:
    found = methods()
    for family in in_order(each.family for each in found):
        kinds = sorted((each for each in found if each.family == family), key=lambda each: each.name.lower())
        sections = (
            f'{_entry(f"{each.kind.__module__}.{each.name}")}\n'
            f'Options and search ranges: [{each.name} among the methods](../methods.md#{each.name.lower()}).\n'
            for each in kinds
        )
        yield (
            f'reference/methods-{_slug(family)}.md',
            f'# {family_name(family)}\n\nMethods of the family `{family}`.\n\n' + '\n'.join(sections),
        )


def _rooms() -> Iterator[tuple[str, str]]:
    for title, (room, about) in ROOMS.items():
        entries = (_entry(name) for name in public(room))
        yield title, f'# {title}\n\n{about}\n\n' + '\n'.join(entries)
    for title, (package, about) in LISTED.items():
        entries = (_entry(f'{getattr(package, name).__module__}.{name}') for name in package.__all__)
        yield title, f'# {title}\n\n{about}\n\n' + '\n'.join(entries)


def public(room: str) -> list[str]:
    """Return the dotted paths of what a room has for others: its classes, and of mathematics its functions.

    Args:
        room: A folder or file of ``dann/``, for example ``functional``.
    """
    kinds = (ast.ClassDef, ast.FunctionDef) if room in WHOLE else (ast.ClassDef,)
    place = PACKAGE / room
    files = (
        [place] if place.is_file() else sorted(place.rglob('*.py') if room in DEEP else place.glob('*.py'))
    )
    return [
        '.'.join(('dann', *path.relative_to(PACKAGE).with_suffix('').parts, node.name)).replace(
            '.__init__', ''
        )
        for path in files
        for node in ast.parse(path.read_text(encoding='utf-8')).body
        if isinstance(node, kinds) and not node.name.startswith('_')
    ]


def _entry(path: str) -> str:
    return f'::: {path}\n'


def _slug(title: str) -> str:
    return title.lower().replace(' ', '-')
