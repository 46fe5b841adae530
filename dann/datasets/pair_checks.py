"""Checks of a pair of domains, without which its numbers would mean nothing."""

from __future__ import annotations

from collections.abc import Sequence

from dann.core.errors import UserError
from dann.datasets.base import SPLITS, DomainDataset

FEWEST_OF_A_SOURCE = 2  # samples in a batch, for a variance


def validate_mismatch(source: DomainDataset, target: DomainDataset, *, reference: bool) -> None:
    """Raise ``UserError`` if class lists differ, or if a domain is paired with itself for no reference."""
    if source.classes != target.classes:
        only_source = set(source.classes) - set(target.classes)
        only_target = set(target.classes) - set(source.classes)
        msg = (
            f'{source.name} and {target.name} have different classes: only in the source '
            f'{sorted(only_source)}, only in the target {sorted(only_target)}'
            f'{"" if only_source or only_target else ", in another order"}; '
            f'{_with_advice("make the class lists equal", source)}'
        )
        raise UserError(msg)
    if (source.name == target.name) is not reference:
        if reference:
            raise UserError(
                f'the supervised reference trains on its target, got source {source.name} and target {target.name}; '
                'give it the target twice, or leave out `reference: true`'
            )
        raise UserError(
            f'source and target are both {source.name}, and there is nothing to adapt to; name two different domains'
        )


def validate_several(num_sources: int, batch_size: int, sampling: str) -> None:
    """Raise ``UserError`` if batches cannot hold as many samples of every one of several sources."""
    least = FEWEST_OF_A_SOURCE * num_sources
    if num_sources > 1 and sampling != 'natural':
        raise UserError(
            f'`sampling: {sampling}` and several sources both say which samples a batch has; leave `sampling` out'
        )
    if num_sources > 1 and batch_size < least:
        raise UserError(
            f'expected `batch_size` of at least {least} for {num_sources} sources, got {batch_size}; raise it, or name '
            'fewer sources'
        )


def needs_sources(method: str, source: str) -> str:
    """Return why a method that trains across sources cannot train on one, with the next step."""
    return (
        f'{method} trains across several sources, and {source} is one; name more (--source A B, or a list below '
        '`source:`), or leave the method out'
    )


def validate_features(
    source: DomainDataset, target: DomainDataset, source_shape: Sequence[int], target_shape: Sequence[int]
) -> None:
    """Raise ``UserError`` if samples of both domains differ in shape, or in the names of their features.

    Args:
        source: The labelled domain.
        target: The unlabelled domain.
        source_shape: Of all its samples, ``(Ns, ...)``.
        target_shape: The same, ``(Nt, ...)``.
    """
    left, right = tuple(source_shape[1:]), tuple(target_shape[1:])
    if left != right:
        raise UserError(
            f'samples of {source.name} have shape {left} and those of {target.name} {right}; '
            f'{_with_advice("give both the same features", source)}'
        )
    for one, other in zip(source.feature_names, target.feature_names, strict=False):
        if one != other:
            raise UserError(
                f'{source.name} has the feature {one!r} where {target.name} has {other!r}; put the columns of both '
                'files in one order'
            )


def validate_sizes(
    source: DomainDataset, target: DomainDataset, source_shape: Sequence[int], target_shape: Sequence[int]
) -> None:
    """Raise ``UserError`` if images of both domains differ in size and nothing crops them to one.

    Args:
        source: The labelled domain.
        target: The unlabelled domain.
        source_shape: Of all its images, ``(Ns, C, H, W)``.
        target_shape: The same, ``(Nt, C, H, W)``.
    """
    left, right = (' x '.join(map(str, shape[2:])) for shape in (source_shape, target_shape))
    if left != right:
        raise UserError(
            f'images of {source.name} have {left} pixels and those of {target.name} {right}; give both the same '
            '`size`, or set `crop` of `augment`'
        )


def validate_small(domain: DomainDataset, batch_size: int) -> None:
    """Raise ``UserError`` if a split is smaller than a batch of training, or than two to evaluate."""
    for split in SPLITS:
        size = len(domain.ids(split))  # not the manifest's counts per class, which were made from labels
        least = batch_size if split == 'train' else 2
        if size < least:
            fix = 'lower `batch_size` or add samples' if size and split == 'train' else 'add samples'
            msg = f'the {split} split of {domain.name} has {size} samples, needs {least}; {fix}'
            raise UserError(msg)


def validate_overlap(domain: DomainDataset) -> None:
    """Raise ``UserError`` if a sample is in two splits."""
    seen: dict[str, str] = {}
    for split in SPLITS:
        for name in domain.ids(split):
            if name in seen:
                where = f'{_readable(domain, name)} of {domain.name}'
                msg = (
                    f'sample {where} is in the {seen[name]} and in the {split} split; '
                    f'{_with_advice("a test on training samples means nothing, so take it out of one", domain)}'
                )
                raise UserError(msg)
            seen[name] = split


def validate_shared(source: DomainDataset, target: DomainDataset) -> None:
    """Raise ``UserError`` if a sample is in both domains."""
    left, right = ({name for split in SPLITS for name in domain.ids(split)} for domain in (source, target))
    if left & right:
        shared = min(left & right)
        there = _readable(target, shared)
        also = f' as {there}' if there != _readable(source, shared) else ''
        msg = (
            f'sample {_readable(source, shared)} is in {source.name} with its label and in {target.name}{also}; '
            f'{_with_advice("take it out of one, or its label leaks", source)}'
        )
        raise UserError(msg)


def _readable(domain: DomainDataset, sample: str) -> str:
    """The readable name of a sample."""
    for split in SPLITS:
        if sample in (ids := domain.ids(split)):
            return domain.names(split)[ids.index(sample)]
    return sample


def _with_advice(what: str, domain: DomainDataset) -> str:
    return f'{what}, {domain.advice}' if domain.advice else what
