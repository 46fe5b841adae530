"""What can be done with a source, a target and, perhaps, some labels: the options that are tried and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from typing import Any

import torch

from dann.core.errors import UserError, unknown
from dann.reporting.notation import BASELINE

Row = dict[str, Any]
FAMILIES: Mapping[str, str] = {  # rows that stand for their families where none are named
    'adabn': 'target statistics in batch norm',
    'mmd': 'alignment of moments',
    'dann': 'an adversarial alignment',
    'mcc': 'less class confusion on the target',
    'reinhard': "the target's colours on source images",
}
HEAD, ALONE, WITH = 'head_only', 'target_only', '+labels'
FINE_TUNED = BASELINE + WITH
WORDS: Mapping[str, str] = {
    BASELINE: 'use the source network as it is',
    FINE_TUNED: 'fine-tune: train on the source and the labels',
    ALONE: 'train anew, on the labels alone',
    HEAD: 'keep the source network, train a new head on the labels',
}


def words(option: str) -> str:
    """Return what an option is, in words."""
    if option in WORDS:
        return WORDS[option]
    row = option.removesuffix(WITH)
    adapted = f'adapt with {row}' + (f', {FAMILIES[row]}' if row in FAMILIES else '')
    return f'{adapted}, and train on the labels' if option.endswith(WITH) else adapted


def takes_labels(option: str) -> bool:
    """Whether an option trains on labels of the target."""
    return option.endswith(WITH) or option in (ALONE, HEAD)


def rows(methods: Mapping[str, Row], shots: int, *, alone: bool = True) -> dict[str, Row]:
    """Return the rows of the options that are trained: those without labels first.

    Args:
        methods: Rows that adapt, by name.
        shots: Target labels of each class to train on; 0 for none.
        alone: Whether so many fill a batch, so that one can train on them alone.
    """
    found = {BASELINE: Row()} | {name: deepcopy(row) for name, row in methods.items()}
    if shots:
        found |= {name + WITH: {**deepcopy(row), 'shots': shots} for name, row in [*found.items()]}
        found |= {ALONE: {'reference': True, 'shots': shots}} if alone else {}
    return found


def chosen(config: Mapping[str, Any], named: Sequence[str] | None, *, images: bool) -> dict[str, Row]:
    """Return the rows that adapt: those that are named, or one of each family that fits the data and the network.

    Args:
        config: Of a benchmark, ``methods`` written out.
        named: Rows of the file or of the catalogue, or dotted paths of classes of one's own.
        images: Whether samples are images.

    Raises:
        UserError: There is no such row, or it trains on target labels.
    """
    from dann.engine.catalogue import rows as catalogue

    known = {**catalogue(), **{name: row or {} for name, row in config['methods'].items()}}
    if named is None:
        left_out = {'reinhard': not images, 'adabn': not _trains_norm(config)}
        return {name: known[name] for name in FAMILIES if not left_out.get(name)}
    found = {}
    for each in dict.fromkeys(named):
        row = _own(each) if '.' in each else known.get(each)
        if row is None:
            raise unknown('row', each, known)
        if row.get('reference') or row.get('shots') or each == BASELINE:
            raise UserError(
                f'{each} is compared with anyway, or trains on target labels; name rows that adapt'
            )
        found[each.rpartition('.')[2] if '.' in each else each] = row
    return found


def _own(path: str) -> Row:
    """Return the row of a class of the user's own: an alignment, a style or a training class."""
    from dann.engine.catalogue import resolve

    for kind, option in (('alignment', 'alignment'), ('style', 'style')):
        with suppress(UserError):
            resolve(kind, path)
            return {option: path}
    resolve('model', path)
    return {'class_path': path}


def _trains_norm(config: Mapping[str, Any]) -> bool:
    """Whether the network trains batch norm, whose statistics can then be the target's."""
    from dann.benchmarks.strategies import randomised
    from dann.engine.catalogue import resolve
    from dann.networks.batch_norm import has_batch_norm

    options = config['model'].get('init_args') or {}
    given = options.get('backbone')
    given = given if isinstance(given, Mapping) else {'class_path': given}
    if options.get('freeze') == 'all' or not isinstance(given['class_path'], str):
        return False
    kind, own = resolve('backbone', given['class_path']), dict(given.get('init_args') or {})
    with suppress(UserError):  # it begins at random already
        own = randomised(kind, own)
    with torch.random.fork_rng(devices=[]):
        return has_batch_norm(kind(**own))
