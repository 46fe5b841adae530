"""Webcams of AMOS by day and by night."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from dann.core.errors import UserError, check
from dann.core.text_files import listed_text
from dann.datasets.storage.file_domain import Item, Keep
from dann.datasets.storage.named_domain import NamedDomain

COLUMNS = ('split', 'label', 'file', 'duplicate_of', 'camera', 'camera_name')


class AMOS(NamedDomain):
    """15 fixed webcams by day and by night, told apart by what they look at; 395 frames.

    The classes are the cameras that have frames of both. Frames of one camera are near copies of each other, so
    there are far fewer independent samples than frames; images are squashed to one size, because the original
    size alone would tell the camera. Frames marked as copies of another are left out.

    As published, two cameras have no training frame of one kind: ``houses_lake`` by night and
    ``highway_streets`` by day, once its only one, a copy of a test frame, is left out.

    Args:
        domain: ``day`` or ``night``.
        size: Height and width in pixels.
        val: Share of each camera's training frames that forms the validation split.
        test: With ``drawn`` splits the share of each camera's frames that forms the test split.
        seed: Of the draw.
        root: Folder that holds ``amos_day_night``, or that folder itself; ``None`` for ``$DANN_DATA`` or the cache.
        keep: Where pixels are during a run, as for every set of image files.
        splits: ``published`` for the published training and test frames, ``drawn`` for others that leave every
            camera training frames.

    Reference:
        `Consistent Temporal Variations in Many Outdoor Scenes <https://doi.org/10.1109/CVPR.2007.383258>`_
        (Jacobs et al., CVPR 2007). The frames and their split are those of a course on computer vision.
    """

    classes = (
        'office_mountain', 'arena_square', 'roofs_lake', 'skyline', 'village_a', 'river_village', 'church_square',
        'mountain_town', 'houses_lake', 'roundabout', 'domed_monument', 'tower_gate', 'white_town',
        'highway_streets', 'piazza',
    )  # fmt: skip
    title = 'AMOS day and night'
    slug = 'amos'
    folders = ('amos_day_night',)
    domains = ('day', 'night')
    licence = 'MIT for the collection; the frames are those of AMOS, for research'
    homepage = (
        'https://github.com/udacity/CVND_Exercises/tree/master/1_1_Image_Representation/day_night_images'
    )
    layout = (
        'amos_day_night/images/<training or test>/<day or night>/<file> and amos_day_night/index.csv with the '
        f'columns {", ".join(COLUMNS)}'
    )
    sizes: ClassVar = {'day': 199, 'night': 196}

    def __init__(
        self,
        domain: str,
        size: int = 64,
        val: float = 0.2,
        test: float = 0.3,
        seed: int = 0,
        root: str | None = None,
        keep: Keep = 'auto',
        splits: Literal['published', 'drawn'] = 'published',
    ) -> None:
        super().__init__(domain, size, val, test, seed, root, keep)
        check(
            splits in ('published', 'drawn'),
            f"expected `splits` to be one of ('published', 'drawn'), got {splits!r}",
        )
        self.splits = splits

    def index(self) -> list[Item]:
        """Read the index and draw what is not published of the splits."""
        path = self.inside('index.csv')
        frames: dict[str, list[Item]] = {name: [] for name in self.classes}
        for row in rows(path):
            if row['label'] != self.domain or row['duplicate_of'] or row['camera_name'] not in frames:
                continue
            file = path.parent / 'images' / row['split'] / row['label'] / row['file']
            if file.is_file():
                kept = 'test' if row['split'] == 'test' else 'train'
                frames[row['camera_name']].append(Item(file, row['camera_name'], kept))
        rng = np.random.default_rng(self.seed)
        return [item for items in frames.values() for item in self._split(items, rng)]

    def _split(self, items: list[Item], rng: np.random.Generator) -> list[Item]:
        """Draw a camera's validation frames, and its test frames too where all are drawn; one stays for training."""
        split = {item.path: item.split for item in items}
        free = [item.path for item in items if self.splits == 'drawn' or item.split == 'train']
        order = [free[index] for index in rng.permutation(len(free))]
        test = min(round(self.test * len(free)), len(free) - 1) if self.splits == 'drawn' and free else 0
        val = min(round(self.val * len(free)), len(free) - test - 1)
        split |= dict.fromkeys(order, 'train') | dict.fromkeys(order[:test], 'test')
        split |= dict.fromkeys(order[test : test + max(val, 0)], 'val')
        return [Item(item.path, item.label, split[item.path]) for item in items]


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of the index.

    Raises:
        UserError: A column is missing, or it is no text.
    """
    try:
        reader = csv.DictReader(io.StringIO(listed_text(path), newline=''))
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise UserError(f'expected a column {missing[0]!r} in {path}; restore the index of the frames')
        return list(reader)
    except csv.Error as error:
        raise UserError(f'cannot read {path} ({error}); restore the index of the frames') from error
