"""What is wrong with a record: values that no evaluation writes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

KINDS = {
    'benchmark': str,
    'method': str,
    'family': str,
    'source': str,
    'target': str,
    'run': str,
    'protocol': str,
    'uses_target_labels': bool,
    'scores': dict,
}
# of keys that a record may lack
OPTIONAL = {
    'metric': str,
    'setting': str,
    'features': str,
    'batch_norm': str,
    'initial_weights': str,
    'initial_backbone': str,
    'pretrained': str,
    'unlabelled': bool,
    'manifests': dict,
    'fingerprint': dict,
    'sizes': dict,
}
FRACTIONS = ('accuracy', 'calibration_error', 'parity_difference', 'odds_difference')
COUNTS = ('seed', 'step', 'steps')
SIDES = {'source', 'target'}
MOST = 2**63  # of what counts


def faults(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield, of a record that has every key, what was expected of a value and what is there.

    Text is text, seeds and steps are whole numbers from 0, no step lies beyond the last, seconds and scores are
    finite or ``null``, and an accuracy, like a figure of groups, lies in [0, 1].
    """
    found = [*_of_kind(record)]
    found = found or [*_of_texts(record), *_of_sizes(record)]
    yield from found
    if found:
        return
    if record['step'] > record['steps']:
        yield f'expected a step of at most {record["steps"]}, got {record["step"]}'
    for name, score in record['scores'].items():
        if score is not None:
            yield from _of_score(name, score)


def _of_kind(record: Mapping[str, Any]) -> Iterator[str]:
    there = {key: kind for key, kind in OPTIONAL.items() if key in record}
    for key, kind in {**KINDS, **there}.items():
        if not isinstance(record[key], kind):
            yield f'expected `{key}` to be {_named(kind)}, got {_shown(record[key])}'
    for key in (*COUNTS, *({'trained_parameters'} & record.keys())):
        if not _is_whole(record[key]):
            yield f'expected `{key}` to be a whole number from 0, got {_shown(record[key])}'
    for key in ('seconds', *({'extraction', 'pretraining'} & record.keys())):
        if not _is_number(record[key]) or record[key] < 0:
            yield f'expected `{key}` to be a number from 0, got {_shown(record[key])}'


def _of_texts(record: Mapping[str, Any]) -> Iterator[str]:
    for key in ('manifests', 'fingerprint'):
        for name, value in record.get(key, {}).items():
            if not isinstance(value, str):
                yield f'expected `{key}` to map names to text, got {_shown(value)} for {_shown(name)}'
    if 'manifests' in record and not record['manifests'].keys() >= SIDES:
        yield f'expected `manifests` of source and target, got {_shown(record["manifests"])}'


def _of_sizes(record: Mapping[str, Any]) -> Iterator[str]:
    if 'sizes' not in record:
        return
    sides = [record['sizes'].get(side) for side in sorted(SIDES)]
    if not all(
        isinstance(each, dict) and 'test' in each and all(map(_is_whole, each.values())) for each in sides
    ):
        yield f'expected `sizes` to count the splits of source and target, got {_shown(record["sizes"])}'


def _of_score(name: str, score: Any) -> Iterator[str]:
    if not _is_number(score):
        yield f'expected `scores` to map names to numbers, got {_shown(score)} for {_shown(name)}'
    elif _is_accuracy(name) and not 0 <= score <= 1:
        yield f'expected {_shown(name)} in [0, 1], got {_shown(score)}'


def _is_accuracy(name: str) -> bool:
    """Whether a score is one that dann measures; a validator of the user's own may be called as they like."""
    return name == 'val/source_accuracy' or (
        name.startswith(('oracle/', 'source/')) and name.endswith(FRACTIONS)
    )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _named(kind: type[Any]) -> str:
    return {str: 'text', bool: 'true or false', dict: 'names and values'}[kind]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f'{text[:40]}...'
