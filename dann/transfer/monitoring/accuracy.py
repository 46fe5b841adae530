"""Estimated accuracy of a window without its labels, and how far such estimates were off where labels are known."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dann.core.validator import estimators
from dann.core.views import View
from dann.reporting.notation import points

MEASURED = Path(__file__).with_name('measured.json')
Errors = Mapping[str, Mapping[str, float]]


def estimated(labelled: View, window: View) -> dict[str, float]:
    """Return every estimate of accuracy by the name of its validator's class; those that are undefined are left out.

    Args:
        labelled: Source samples with labels that the network was not trained on.
        window: Samples without labels.
    """
    found = {type(rule).__name__: rule.score(labelled, window) for rule in estimators()}
    return {name: value for name, value in found.items() if not math.isnan(value)}


@cache
def measured() -> Mapping[str, Any]:
    """Return what was measured on the built-in pairs, as ``python -m tools.documents`` keeps it for this package."""
    content: Mapping[str, Any] = json.loads(MEASURED.read_text(encoding='utf-8'))
    return content


def errors_in_words(known: Mapping[str, Any] | None = None) -> str:
    """Return how far the estimates were off on the built-in pairs.

    Args:
        known: As ``measured`` returns it.
    """
    content = measured() if known is None else known
    each = [
        f'{name} {points(found["error"])} (bias {points(found["bias"], signed=True)}, worst '
        f'{points(found["worst"])})'
        for name, found in content['errors'].items()
    ]
    return (
        f'Where accuracy is known ({content["pairs"]}; {content["windows"]:,} windows of {content["window"]} from '
        f'{content["networks"]} networks) the estimates were off by so many points in the mean: {", ".join(each)}.'
    )
