"""GTSRB: German traffic signs, and the shift from its bright to its dark ones."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import UserError, check
from dann.datasets.base import SPLITS
from dann.datasets.published.gtsrb_files import Folders, Signs, read_archive
from dann.datasets.rendered.signs import SIGNS
from dann.datasets.storage.public import MissingDataError, PublicDomain, Source
from dann.datasets.storage.stored_domain import Samples

Positions = NDArray[np.int64]
ARCHIVES = ('gtsrb/gtsrb32.npz', 'gtsrb32.npz')
MIRROR = 'https://sid.erda.dk/public/archives/daaeac0d7ce1152aea9b61d9f1e19370'
FILES = {
    'GTSRB_Final_Training_Images.zip': 'f33fd80ac59bff73c82d25ab499e03a3',
    'GTSRB_Final_Test_Images.zip': 'c7e4e6327067d32654124b0fe9e82185',
    'GTSRB_Final_Test_GT.zip': 'fe31e9c9270bbcd7b84b7f21a9d9d9e5',
}
SHOWN = (1, 12, 13, 14, 17, 18, 25, 38)


class GTSRB(PublicDomain):
    """43 German traffic signs photographed from a car, at most 30 frames of each physical sign (a *track*).

    ``bright`` and ``dark`` are an illumination shift, mostly of shade, weather and exposure; few frames are true
    night. Within each class the tracks are ranked by their mean grey level: the darkest third, rounded down, is
    ``dark``, the brightest is ``bright``, and the middle belongs to neither, so that both domains have the
    classes in the same proportions. Their test splits are the official test images that are darker, or brighter,
    than every training track of their class outside the domain. The tracks of test images are not published, so
    these are chosen image by image, and their proportions differ: two classes have no bright one.

    Frames of one track are near-duplicates, so training and validation share no track. Each class has at least
    one track in either; where the domain has only one of it, that one is in training.

    Args:
        domain: All signs, or those of one illumination.
        size: Height and width in pixels; resized bilinearly.
        val: Share of the tracks of each class in the validation split.
        seed: Of the draw of these tracks.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.
        download: Fetch the official files where they are missing.

    Reference:
        `Man vs. computer: Benchmarking machine learning algorithms for traffic sign recognition
        <https://doi.org/10.1016/j.neunet.2012.02.016>`_ (Stallkamp et al., Neural Networks 2012).
    """

    classes = SIGNS
    domains = ('all', 'bright', 'dark')
    title = 'GTSRB'
    licence = 'none stated by the authors'
    homepage = 'https://benchmark.ini.rub.de/gtsrb_dataset.html'
    layout = (
        'gtsrb/GTSRB/Final_Training/Images/00000/*.ppm, gtsrb/GTSRB/Final_Test/Images/*.ppm and '
        'gtsrb/GT-final_test.csv'
    )
    # the two training parts that were published as folders, and every third frame of the larger as one archive
    sizes: ClassVar = {'Final_Training': 39_209, 'Training': 26_640, 'archive': 13_069, 'test': 12_630}
    sources = tuple(Source(f'{MIRROR}/{name}', f'gtsrb/{name}', md5) for name, md5 in FILES.items())

    def __init__(
        self,
        domain: Literal['all', 'bright', 'dark'] = 'all',
        size: int = 32,
        val: float = 0.2,
        seed: int = 0,
        root: str | None = None,
        *,
        download: bool = False,
    ) -> None:
        super().__init__(root, download=download)
        check(domain in self.domains, f'expected `domain` to be one of {self.domains}, got {domain!r}')
        check(size > 0, f'expected `size` above 0, got {size}')
        check(0 < val < 1, f'expected `val` between 0 and 1, got {val}')
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        self.domain, self.size, self.val, self.seed = domain, size, val, seed
        self.name = f'gtsrb/{domain}'

    def options(self) -> dict[str, Any]:
        """Return domain, size, split and a checksum of the published files."""
        asked = {'domain': self.domain, 'size': self.size, 'val': self.val, 'seed': self.seed}
        return asked | {'files': self._files}

    @cached_property
    def _files(self) -> dict[str, str]:
        where = self.found()
        if isinstance(where, Path):
            return {where.name: self.checksum(where)}
        return {'images': where.fingerprint()}

    def found(self) -> Path | Folders:
        """Return the archive, or the official folders; fetch these if that was asked for.

        Raises:
            MissingDataError: Neither is there; says how the files must lie.
        """
        for place in self.places:
            archive = next((place / name for name in ARCHIVES if (place / name).is_file()), None)
            if where := archive or Folders.find(place):
                return where
        if self.fetched():
            return self.found()
        raise MissingDataError(self.missing())

    def parts(self) -> tuple[Signs, Signs]:
        """Read the training and the test part.

        Raises:
            UserError: A file is damaged, or is another one.
        """
        where = self.found()
        if isinstance(where, Folders):
            kind = 'Training' if where.training.name == 'Training' else 'Final_Training'
            train, test = where.read(self.size)
        else:
            kind = 'archive'
            train, test = read_archive(where, self.size)
        self.warn_count('training', len(train.labels), self.sizes[kind])
        self.warn_count('test', len(test.labels), self.sizes['test'])
        return train, test

    def make(self) -> dict[str, Samples]:
        """Split the official training part by track."""
        train, test = self.parts()
        held = np.zeros(len(train.labels), bool)
        kept, tested = held.copy(), np.zeros(len(test.labels), bool)
        for label, name in enumerate(self.classes):
            tracks, levels = track_levels(train, label)
            if len(tracks) < 3 and self.domain != 'all':
                msg = (
                    f'GTSRB has {len(tracks)} training tracks of {name}, needs 3; restore the official files'
                )
                raise UserError(msg)
            val, stay = self._draw(tracks[self._lit(levels, levels)], label)
            held |= np.isin(train.tracks, val)
            kept |= np.isin(train.tracks, stay)
            tested |= (test.labels == label) & self._lit(test.grey, levels)
        return {
            split: Samples(part.images[mask], part.labels[mask], part.names[mask])
            for split, part, mask in zip(SPLITS, (train, train, test), (kept, held, tested), strict=True)
        }

    def _lit(self, grey: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether grey levels are of this domain, for a class whose training tracks have ``levels``."""
        if self.domain == 'all':
            return np.ones(len(grey), bool)
        ordered, third = np.sort(levels), len(levels) // 3
        lit: NDArray[np.bool_] = (
            grey < ordered[third] if self.domain == 'dark' else grey > ordered[-1 - third]
        )
        return lit

    def _draw(self, tracks: Positions, label: int) -> tuple[Positions, Positions]:
        """Tracks of one class for validation and for training."""
        count = min(max(1, round(self.val * len(tracks))), len(tracks) - 1)
        order = np.random.default_rng([self.seed, label]).permutation(tracks)
        return order[:count], order[count:]

    def contact_sheet(self) -> dict[str, NDArray[np.uint8]]:
        """Return, for some classes, a frame of the middle track of either illumination; ``{}`` for all signs."""
        if self.domain == 'all':
            return {}
        train, _ = self.parts()
        rows: dict[str, list[int]] = {'bright': [], 'dark': []}
        for label in SHOWN:
            tracks, levels = track_levels(train, label)
            middle = len(tracks) // 6
            ordered = tracks[levels.argsort()]
            for row, track in (('bright', ordered[-1 - middle]), ('dark', ordered[middle])):
                rows[row].append(int(np.flatnonzero(train.tracks == track)[-1]))
        return {row: train.images[positions] for row, positions in rows.items()}


def track_levels(train: Signs, label: int) -> tuple[Positions, NDArray[np.float64]]:
    """Return the tracks of one class and the mean grey level of each."""
    members = train.labels == label
    tracks, which, frames = np.unique(train.tracks[members], return_inverse=True, return_counts=True)
    return tracks, np.bincount(which, weights=train.grey[members]) / frames
