"""The label firewall and the dependence on target images."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from dann.audit.findings import Finding
from dann.audit.sample import with_other_images, with_other_labels
from dann.audit.subject import Subject
from dann.audit.trainings import Change, HeldNorms, Trained
from dann.audit.weights import compared, differing, shared
from dann.networks.batch_norm import has_batch_norm


def label_firewall(subject: Subject) -> Finding:
    """Check that training ends with the same weights when every label and every group of the target is another one."""
    name, pair = 'label firewall', subject.pair
    if pair.reference:
        return Finding(name, 'does not apply', 'this row trains on the labels of the target, openly')
    if not pair.target.labelled:
        return Finding(name, 'does not apply', f'{pair.target.name} has no labels')
    if not subject.repeats:
        return Finding(name, 'undecided', 'the training does not repeat even with the same labels')
    with TemporaryDirectory(dir=subject.folder) as folder:
        changed = with_other_labels(pair, str(Path(folder)))
        blind = subject.trainings.fit(pair=changed)
    also = ' and every group by another' if len(pair.target.group_names) > 1 else ''
    evidence = (
        f'every target label replaced by another class{also}: {compared(subject.base.after, blind.after)}'
    )
    if not differing(subject.base.after, blind.after):
        return Finding(name, 'pass', evidence)
    through = any(not torch.equal(images[:], changed.images[key][:]) for key, images in pair.images.items())
    leak = 'a target label or group' if also else 'a target label'
    how = 'the images change with the labels' if through else f'{leak} leaks into training'
    return Finding(name, 'fail', f'{evidence}; {how}')


def target_data(subject: Subject) -> Finding:
    """Check that target images change the weights of a row that adapts, and of no other row.

    Batch norm is held for the check: in joint batches target images act on source images through its statistics,
    which would hide a loss that ignores them.
    """
    name = 'target data'
    if not subject.repeats:
        return Finding(name, 'undecided', 'the training does not repeat even with the same images')
    looks = subject.looks_at_target
    held = looks and has_batch_norm(subject.module)
    how = ', batch norm held' if held else ''
    base, other = _with_and_without(subject, held=held)
    if looks and not differing(shared(base.after), shared(other.after)):
        # a term that counts confident predictions may have found none
        how += ', predictions certain from the start'
        base, other = _with_and_without(subject, held=held, change=subject.make_certain)
    # stored target features, such as a memory bank, do not yet mean that the method uses them
    left, right = (shared(each.after) if looks else each.after for each in (base, other))
    apart = bool(differing(left, right))
    evidence = f'target images replaced by their negatives{how}: {compared(left, right)}'
    if looks and not apart:
        return Finding(name, 'fail', f'{evidence}; the target batch is ignored')
    if not looks and apart:
        return Finding(name, 'fail', f'{evidence}; this row says that it does not look at target images')
    return Finding(name, 'pass', evidence if looks else f'{evidence}, as must be without adaptation to them')


def _with_and_without(
    subject: Subject, *, held: bool, change: Change | None = None
) -> tuple[Trained, Trained]:
    """Train on the target images and on their negatives."""
    callbacks, fit = [HeldNorms()] if held else [], subject.trainings.fit
    plain = not held and change is None
    base = subject.base if plain else fit(callbacks=callbacks, change=change)
    return base, fit(pair=with_other_images(subject.pair), callbacks=callbacks, change=change)
