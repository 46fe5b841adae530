"""GTSRB: German traffic signs, and the shift from its bright to its dark ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from dann.datasets.base import SPLITS
from dann.datasets.public import PublicDomain, resized
from dann.datasets.signs import SIGNS
from dann.datasets.stored import Samples
from dann.errors import UserError, check

Positions = NDArray[np.int64]
SHOWN = (1, 12, 13, 14, 17, 18, 25, 38)


@dataclass(frozen=True, slots=True)
class Signs:
    """Images of signs, in the published order.

    Args:
        images: uint8, shape ``(N, 3, H, W)``.
        labels: Classes, shape ``(N,)``.
        grey: Mean grey level of each image in [0, 255], shape ``(N,)``.
        names: Distinct names that tell no class, shape ``(N,)``.
        tracks: Number of the physical sign, counted over all classes, shape ``(N,)``; empty for the test part.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    grey: NDArray[np.float64]
    names: NDArray[np.str_]
    tracks: NDArray[np.int64]


class GTSRB(PublicDomain):
    """43 German traffic signs photographed from a car, at most 30 frames of each physical sign (a *track*).

    ``bright`` and ``dark`` are an illumination shift, mostly of shade, weather and exposure; few frames are true
    night. Within each class the tracks are ranked by their mean grey level: the darkest third, rounded down but
    at least one, is ``dark``, the brightest third is ``bright``, and the middle belongs to neither, so that both
    domains have classes in the same proportions. Their test splits are the official test images that are darker
    (brighter) than every training track of the class outside the domain; tracks of test images are not published.

    Frames of one track are near-duplicates, so training and validation share no track. Each class has at least
    one track in either, and where the domain has only one of it, that one is in training.

    Args:
        domain: All signs, or those of one illumination.
        size: Height and width in pixels; resized bilinearly.
        val: Share of the tracks of each class in the validation split.
        seed: Of the draw of these tracks.
        root: Folder of the files; ``None`` for ``$DANN_DATA`` or the cache.

    Reference:
        `Man vs. computer: Benchmarking machine learning algorithms for traffic sign recognition
        <https://doi.org/10.1016/j.neunet.2012.02.016>`_ (Stallkamp et al., Neural Networks 2012).
    """

    classes = SIGNS
    domains = ('all', 'bright', 'dark')
    title = 'GTSRB'
    licence = 'none stated by the authors'
    homepage = 'https://benchmark.ini.rub.de/gtsrb_dataset.html'
    layout = 'gtsrb/gtsrb32.npz (x, y and mean of both parts; track_train, frame_train, id_test)'
    sizes: ClassVar = {'train': 39_209, 'test': 12_630}

    def __init__(
        self,
        domain: Literal['all', 'bright', 'dark'] = 'all',
        size: int = 32,
        val: float = 0.2,
        seed: int = 0,
        root: str | None = None,
    ) -> None:
        super().__init__(root)
        check(domain in self.domains, f'expected `domain` to be one of {self.domains}, got {domain!r}')
        check(size > 0, f'expected `size` above 0, got {size}')
        check(0 < val < 1, f'expected `val` between 0 and 1, got {val}')
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        self.domain, self.size, self.val, self.seed = domain, size, val, seed
        self.name = f'gtsrb/{domain}'

    def options(self) -> dict[str, Any]:
        """Return domain, size, split and the published file's checksum."""
        path = self.locate('gtsrb/gtsrb32.npz', 'gtsrb32.npz')
        asked = {'domain': self.domain, 'size': self.size, 'val': self.val, 'seed': self.seed}
        return asked | {'files': {path.name: self.checksum(path)}}

    def parts(self) -> tuple[Signs, Signs]:
        """Read the training and the test part."""
        with np.load(self.locate('gtsrb/gtsrb32.npz', 'gtsrb32.npz')) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
        tracks = numbered(kept['y_train'], kept['track_train'])
        frames = zip(tracks, kept['frame_train'], strict=True)
        train = [f'gtsrb/train/{track:04d}-{frame:02d}' for track, frame in frames]
        test = [f'gtsrb/test/{number:05d}' for number in kept['id_test']]
        return (
            self._signs(kept, 'train', np.array(train), tracks),
            self._signs(kept, 'test', np.array(test), tracks[:0]),
        )

    def _signs(self, arrays: dict[str, Any], part: str, names: Any, tracks: Positions) -> Signs:
        images = np.ascontiguousarray(np.moveaxis(arrays[f'x_{part}'], 3, 1))
        labels, grey = arrays[f'y_{part}'], arrays[f'mean_{part}']
        return Signs(
            resized(images, self.size), labels.astype(np.int64), grey.astype(np.float64), names, tracks
        )

    def make(self) -> dict[str, Samples]:
        """Split the official training part by track."""
        train, test = self.parts()
        held = np.zeros(len(train.labels), bool)
        kept, tested = held.copy(), np.zeros(len(test.labels), bool)
        for label, name in enumerate(self.classes):
            tracks, levels = track_levels(train, label)
            if len(tracks) < 2 and self.domain != 'all':
                msg = (
                    f'GTSRB has {len(tracks)} training tracks of {name}, needs 2; restore the official files'
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
        ordered, third = np.sort(levels), max(1, len(levels) // 3)
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


def numbered(labels: NDArray[Any], tracks: NDArray[Any]) -> Positions:
    """Return numbers of tracks counted over all classes, from numbers that start anew in each class."""
    pairs = np.stack([labels.astype(np.int64), tracks.astype(np.int64)], axis=1)
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
