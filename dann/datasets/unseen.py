"""Domains that no training sees: which may stand beside a pair, and what their test splits are called."""

from __future__ import annotations

from collections.abc import Sequence

from dann.core.errors import UserError
from dann.datasets.base import SPLITS, DomainDataset

PREFIX = 'unseen/'


def part_of(domain: DomainDataset) -> str:
    """Return what the test split of an unseen domain is called among the splits that are evaluated."""
    return f'{PREFIX}{domain.name}'


def is_unseen(part: str) -> bool:
    """Whether a part of a pair is an unseen domain: neither ``source`` nor ``target``."""
    return part.startswith(PREFIX)


def check_unseen(unseen: Sequence[DomainDataset], source: DomainDataset, target: DomainDataset) -> None:
    """Raise ``UserError`` unless domains that are to be unseen are others than the pair's, and can be scored.

    Args:
        unseen: The domains; none where nothing is asked for.
        source: Of the pair.
        target: Of the pair.
    """
    taken = [*source.origin_names, target.name]
    for each in unseen:
        if each.name in taken:
            raise UserError(
                f'expected `unseen` domains that are neither source nor target and different, got {each.name}, which '
                'the pair has already; leave it out'
            )
        if each.classes != target.classes:
            differing = sorted({*each.classes} ^ {*target.classes})
            raise UserError(
                f'the unseen domain {each.name} and {target.name} have different classes: '
                f'{differing or "in another order"}; make the class lists equal'
            )
        if lacking := [domain for domain in (each, target) if not domain.labelled]:
            raise UserError(
                f'{lacking[0].name} has no labels, and `unseen` domains are scored beside the target by those of both; '
                'leave `unseen` out'
            )
        taken.append(each.name)


def check_apart(unseen: Sequence[DomainDataset], source: DomainDataset, target: DomainDataset) -> None:
    """Raise ``UserError`` if a sample that is to be unseen is in a domain of the pair, or a domain has none."""
    known = {name: domain for domain in (source, target) for split in SPLITS for name in domain.ids(split)}
    for each in unseen:
        ids = each.ids('test')
        if not ids:
            raise UserError(
                f'the test split of {each.name} has no samples; add some, or leave it out of `unseen`'
            )
        if shared := known.keys() & {*ids}:
            sample = min(shared)
            raise UserError(
                f'sample {each.names("test")[ids.index(sample)]} of the unseen domain {each.name} is in '
                f'{known[sample].name} too; take it out of one, or it is not unseen'
            )
