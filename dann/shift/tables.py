"""The figures as Markdown and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from dann.reporting.markdown import pipes
from dann.reporting.notation import CEILING_TAG
from dann.shift.measure import Gap
from dann.shift.reading import size_of

COLUMNS = (
    *(
        'features',
        'n',
        'gap',
        'A-distance',
        'MMD² [95 %]',
        'p',
        'CORAL',
        'Frechet distance',
        'KL s‖t',
        'KL t‖s',
        'JS',
    ),
    'sliced W',
)
ABSENT = '—'


def name_of(gap: Gap) -> str:
    """Return what to call a row, with the tag of those that saw target labels."""
    return f'{gap.name} ({CEILING_TAG})' if gap.uses_target_labels else gap.name


def distance_rows(gaps: Sequence[Gap]) -> list[list[str]]:
    """Return the main table as text, its heading first."""
    return [list(COLUMNS), *(_row(gap) for gap in gaps)]


def _row(gap: Gap) -> list[str]:
    found = gap.distances
    test, split = found.mmd, found.divergences
    return [
        name_of(gap),
        f'{found.source} + {found.target}',
        size_of(found),
        f'{found.a_distance.value:.2f} ± {1.96 * found.a_distance.standard_error:.2f}',
        f'{test.value:.4f} [{test.low:.4f}, {test.high:.4f}]',
        f'{test.p_value:.3f}',
        f'{found.coral:.1e}',
        f'{found.frechet:.3f}',
        *(f'{value:.2f}' for value in (split.forward, split.backward, split.jensen_shannon)),
        f'{found.sliced_wasserstein:.3f}',
    ]


def layer_rows(gaps: Sequence[Gap]) -> list[list[str]]:
    """Return the A-distance of every layer, a row a network; empty where none has layers."""
    layered = [gap for gap in gaps if gap.layers]
    names = list(dict.fromkeys(layer.name for gap in layered for layer in gap.layers))
    values = [{layer.name: f'{layer.a_distance:.2f}' for layer in gap.layers} for gap in layered]
    rows = [
        [name_of(gap), *(found.get(name, ABSENT) for name in names)]
        for gap, found in zip(layered, values, strict=True)
    ]
    return [['features', *names], *rows] if rows else []


def class_rows(gaps: Sequence[Gap]) -> list[list[str]]:
    """Return the A-distance of every class, a row for what saw it; empty where there are no classes."""
    known = [gap for gap in gaps if gap.classes]
    rows = [
        [
            name_of(gap),
            *(ABSENT if each.a_distance is None else f'{each.a_distance:.2f}' for each in gap.classes),
        ]
        for gap in known
    ]
    return [['features', *(each.name for each in known[0].classes)], *rows] if rows else []


def share_rows(gaps: Sequence[Gap]) -> list[list[str]]:
    """Return class shares in percent: the source's, and the target's as estimated through each row's features."""
    known = [gap for gap in gaps if gap.label_shift is not None]
    if not known:
        return []
    rows: list[list[str]] = []
    names = [each.name for each in known[0].classes]
    for gap in known:
        shift = gap.label_shift
        assert shift is not None
        if not rows:
            rows.append(['source', *_percents(shift.source), ABSENT, ABSENT, ABSENT])
        tail = [f'{shift.distance:.2f}', f'{shift.p_value:.3f}', f'{shift.condition:.1f}']
        rows.append([f'target by {name_of(gap)}', *_percents(shift.target), *tail])
    return [['class shares in %', *names, 'distance', 'p', 'condition number'], *rows]


def _percents(shares: Sequence[float] | Any) -> list[str]:
    return [f'{100 * share:.1f}' for share in shares]


def tables(gaps: Sequence[Gap]) -> list[str]:
    """Return every table as Markdown, each under a line that says what it is."""
    found = [
        ('', distance_rows(gaps)),
        ('A-distance of each layer:', layer_rows(gaps)),
        (
            'A-distance within each class, a target sample taken for the class it is *predicted* to be of:',
            class_rows(gaps),
        ),
        ("Class shares; the target's are estimates (BBSE) without target labels:", share_rows(gaps)),
    ]
    return [f'{title}\n\n{pipes(rows)}' if title else pipes(rows) for title, rows in found if rows]


def plain(value: Any) -> Any:
    """Return a value ready for JSON: arrays as lists, and ``null`` for what is no finite number."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def as_json(gap: Gap) -> dict[str, Any]:
    """Return one row, ready for JSON, with how large its gap is."""
    found: dict[str, Any] = plain(asdict(gap))
    return found | {'gap': size_of(gap.distances)}
