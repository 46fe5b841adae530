"""BDD100K by time of day."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from dann.core.errors import UserError
from dann.datasets.base import SPLITS
from dann.datasets.published.bdd100k_labels import (
    LEAST,
    MOST,
    Frame,
    drawn_for_validation,
    frames,
    listed_names,
)
from dann.datasets.storage.file_domain import Item, Keep
from dann.datasets.storage.named_domain import NamedDomain
from dann.datasets.storage.public import MissingDataError

TAGS = {'day': 'daytime', 'night': 'night', 'twilight': 'dawn/dusk'}
WRONG = Path(__file__).with_name('bdd100k_wrong_tags.txt')
RULE = 1  # to be raised when another crop, class or split would come of the same files


class BDD100K(NamedDomain):
    """Objects cut out of 79,863 pictures from cars, by day, by night, and at dawn or dusk, as the tags say.

    BDD100K is published for detection; this is a classification set made of it by a rule of this package, so
    there are no published figures to compare with:

    - Classes are those of detection by their names of 2020 (``person``, ``bike`` and ``motor`` of the older labels
      are pedestrian, bicycle and motorcycle), but for ``train``, which has too few boxes to be split.
    - A crop is the box, without a margin, squashed to a square. Boxes with a side below 32 pixels are left out,
      and so are those marked as occluded or truncated, in any degree, or as a crowd.
    - At most the 2 largest boxes of a class in one image are taken, because objects side by side are much alike.
    - All crops of an image are in one split. The official validation images are the test split. A training image
      goes to validation or not by a hash of the part of its name before the ``-``.
    - An image is day, night or twilight by the attribute ``timeofday``; where that is ``undefined`` it is left
      out. Tags that are known to be wrong are listed in ``bdd100k_wrong_tags.txt`` of this package and, for those
      that a user adds, in ``bdd100k/wrong_timeofday.txt``; these images are left out of every domain.

    The manifest records the rule's number, the counts of images and a hash of all that was chosen.

    Labels are read from ``det_20`` or from the older ``bdd100k_labels_images_*.json``, the former where both are
    there; domains that are paired have to come from the same. Files are decoded whole for each crop, so
    ``keep='disk'`` is faster than ``files``.

    Args:
        domain: ``day``, ``night`` or ``twilight``, or the tag itself.
        size: Height and width in pixels.
        val: Share of the training images that form the validation split.
        test: Not used: the official validation images are the test split.
        seed: Of the validation split.
        root: Folder that holds ``bdd100k``, or that folder itself; ``None`` for ``$DANN_DATA`` or the cache.
        keep: Where pixels are during a run, as for every set of image files.

    Reference:
        `BDD100K: A Diverse Driving Dataset for Heterogeneous Multitask Learning
        <https://arxiv.org/abs/1805.04687>`_ (Yu et al., CVPR 2020).
    """

    classes = (
        'pedestrian', 'rider', 'car', 'truck', 'bus', 'motorcycle', 'bicycle', 'traffic light', 'traffic sign',
    )  # fmt: skip
    metric = 'mean class accuracy'
    title = 'BDD100K'
    slug = 'bdd100k'
    folders = ('bdd100k', 'BDD100K', 'bdd100k/bdd100k')
    domains = tuple(TAGS)
    licence = 'education, research and not-for-profit use'
    homepage = 'https://bdd-data.berkeley.edu/'
    layout = (
        'bdd100k/images/100k/<train or val>/<name>.jpg and bdd100k/labels/det_20/det_<train or val>.json or '
        'bdd100k/labels/bdd100k_labels_images_<train or val>.json'
    )
    sizes: ClassVar = {
        'day': {'train': 36_728, 'test': 5_258},
        'night': {'train': 27_971, 'test': 3_929},
        'twilight': {'train': 5_027, 'test': 778},
    }

    def __init__(
        self,
        domain: str,
        size: int = 64,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        root: str | None = None,
        keep: Keep = 'auto',
    ) -> None:
        tagged = {tag: name for name, tag in TAGS.items()}
        super().__init__(tagged.get(domain, domain), size, val, test, seed, root, keep)
        self._images = 0
        self._wrong: set[str] | None = None

    @property
    def wrong(self) -> set[str]:
        """Names of the images whose tag is wrong."""
        if self._wrong is None:
            self._wrong = listed_names(WRONG)
            with suppress(MissingDataError):
                self._wrong |= listed_names(self.inside('wrong_timeofday.txt'))
        return self._wrong

    def index(self) -> list[Item]:
        """Read the labels and choose; only images that are there are taken."""
        self._images, items = 0, []
        for published in ('train', 'val'):
            folder = self.inside(f'images/100k/{published}')
            there = {path.name for path in folder.iterdir()}
            for frame in frames(self.labels_of(published)):
                if frame.timeofday == TAGS[self.domain] and frame.name in there:
                    self._images += 1
                    items += self._items_of(frame, folder, published)
        missing = [name for name in SPLITS if self._images and not any(item.split == name for item in items)]
        if missing:
            raise UserError(
                f'the {missing[0]} split of {self.name} has no crop in {self._images} images; complete the copy'
                f'{" or change `val` or `seed`" if missing[0] != "test" else ""}'
            )
        return items

    def labels_of(self, published: str) -> Path:
        """Return the label file of the official ``train`` or ``val`` images."""
        return self.inside(
            f'labels/det_20/det_{published}.json', f'labels/bdd100k_labels_images_{published}.json'
        )

    def _items_of(self, frame: Frame, folder: Path, published: str) -> list[Item]:
        if frame.name in self.wrong:
            return []
        held = published == 'train' and drawn_for_validation(frame.name, self.val, self.seed)
        split = 'test' if published == 'val' else 'val' if held else 'train'
        return [
            Item(folder / frame.name, crop.category, split, crop.box)
            for crop in frame.crops
            if crop.category in self.classes
        ]

    def count(self, items: Sequence[Item]) -> int:
        """Return how many images carry the domain's tag, with crops or without."""
        return self._images

    def options(self) -> dict[str, Any]:
        """Return those of every set of image files, the rule and a hash of the wrong tags."""
        wrong = sha256('\n'.join(sorted(self.wrong)).encode()).hexdigest()
        return super().options() | {'rule': RULE, 'wrong_tags': wrong}

    def remarks(self) -> dict[str, Any]:
        """Return how the crops were chosen, images by split, and a hash of names, boxes, classes and splits."""
        lines = sorted(f'{item.path.name} {item.box} {item.label} {item.split}' for item in self.items)
        images = {name: len({item.path for item in self.items if item.split == name}) for name in SPLITS}
        chosen = {
            'rule': RULE,
            'labels': [self.relative(self.labels_of(name)) for name in ('train', 'val')],
            'least_side': LEAST,
            'most_per_class_and_image': MOST,
            'images': images,
            'images_with_wrong_tags': len(self.wrong),
            'sha256': sha256('\n'.join(lines).encode()).hexdigest(),
        }
        return {'crops': chosen}
