"""Which image is for training, validation or test, where that is not published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import UserError
from dann.datasets.base import SPLITS


def split(
    published: Sequence[str | None],
    labels: Sequence[int],
    contents: Sequence[str],
    *,
    val: float,
    test: float,
    seed: int,
) -> dict[str, list[int]]:
    """Return the positions of each split, in order.

    An image whose split is published stays there. The validation and the test split, where no image is
    published as theirs, are drawn at random from the images without a split, or from the training images if
    all have one. The draw is among different contents: copies of one image go into one split. It is stratified
    by nothing, but a class of at least 3 contents that it left without a training image gets one back. A drawn
    split has at least 2 contents if there are 6 to draw from.

    Args:
        published: ``train``, ``val``, ``test``, or ``None`` to be drawn, by image.
        labels: Class of each image.
        contents: A hash of each image's content.
        val: Share of the contents drawn for validation.
        test: The same for the test.
        seed: Of the draw.
    """
    found: dict[str, list[int]] = {name: [] for name in SPLITS}
    rest: list[int] = []
    for index, name in enumerate(published):
        (found[name] if name else rest).append(index)
    shares = {name: share for name, share in (('val', val), ('test', test)) if not found[name]}
    if not rest and shares:
        rest, found['train'] = found['train'], []
    groups: dict[str, list[int]] = {}
    for index in rest:
        groups.setdefault(contents[index], []).append(index)
    for name, drawn in _drawn(list(groups), shares, seed).items():
        found[name] += [index for content in drawn for index in groups[content]]
    _give_back(found, list(shares), labels, groups, contents)
    return {name: sorted(found[name]) for name in SPLITS}


def drawn_count(contents: int, share: float) -> int:
    """Return how many of so many contents a share is: at least 2 if there are 6."""
    return max(2 if contents >= 6 else 0, round(share * contents))


def _drawn(contents: list[str], shares: dict[str, float], seed: int) -> dict[str, list[str]]:
    order = [contents[index] for index in np.random.default_rng(seed).permutation(len(contents))]
    parts, first = {}, 0
    for name, share in shares.items():
        count = drawn_count(len(order), share)
        parts[name] = order[first : first + count]
        first += count
    return parts | {'train': order[first:]}


def _give_back(
    found: dict[str, list[int]],
    drawn: list[str],
    labels: Sequence[int],
    groups: dict[str, list[int]],
    contents: Sequence[str],
) -> None:
    """Move one image, and its copies, of each class that training lacks out of a drawn split."""
    sizes = Counter(labels[members[0]] for members in groups.values())
    present = {labels[index] for index in found['train']}
    for label, count in sorted(sizes.items()):
        if count < 3 or label in present:
            continue
        # of the larger split, so that the smaller one is not emptied
        name = max(drawn, key=lambda name: sum(labels[index] == label for index in found[name]))
        first = next(index for index in found[name] if labels[index] == label)
        moved = groups[contents[first]]
        found[name] = [index for index in found[name] if index not in moved]
        found['train'] += moved


def check_classes(labels: Iterable[int], classes: Sequence[str], name: str, advice: str) -> None:
    """Raise ``UserError`` if a class has no image."""
    present = set(labels)
    missing = [label for index, label in enumerate(classes) if index not in present]
    if missing:
        some = ', '.join(missing[:5]) + (f' and {len(missing) - 5} more' if len(missing) > 5 else '')
        plural = 'class' if len(missing) == 1 else 'classes'
        raise UserError(f'{plural} {some} of {name} has no image; add some or leave the class out, {advice}')


def identities(contents: Iterable[str]) -> NDArray[np.str_]:
    """Return one name for each image of a split: its content, and a number behind that of a copy."""
    seen: Counter[str] = Counter()
    names = []
    for content in contents:
        seen[content] += 1
        names.append(content if seen[content] == 1 else f'{content}#{seen[content]}')
    return np.array(names, dtype=np.str_)
