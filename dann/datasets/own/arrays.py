"""The user's own images in an archive of arrays."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dann.core.errors import UserError, check, unknown
from dann.datasets.base import SPLITS, unlabelled
from dann.datasets.own.shared import check_command, classes_of, domain_name, parse_split, validate_domain
from dann.datasets.splitting import check_classes, identities, split
from dann.datasets.storage.public import PublicDomain, resized
from dann.datasets.storage.stored_domain import Samples

CHANNELS = (1, 3, 4)
UNKNOWN = ('', '-1')


class Arrays(PublicDomain):
    """The user's own images in an .npz archive with the arrays x, y, domain and, if they are given, split and classes.

    ``x`` holds images, uint8, shape ``(N, H, W)``, ``(N, H, W, C)`` or ``(N, C, H, W)`` with 1, 3 or 4 channels,
    of which a fourth is left out. ``y`` holds a class of each, as text, or as a number into ``classes`` if there
    are any; text '' and -1 say that it is not known. ``domain`` holds names, ``split`` the words ``train``,
    ``val`` and ``test``, or '' to be drawn. Classes and domains without labels are as in a ``Folder``.

    Args:
        path: The archive, as ``numpy.savez`` writes it.
        domain: One of the values of ``domain``.
        size: Height and width in pixels to which each image is brought.
        val: Share of the images that form the validation split, where ``split`` has none of it.
        test: The same for the test split.
        seed: Of the split.
    """

    title = 'an archive of arrays'
    licence = 'that of the images'
    homepage = ''
    layout = 'an .npz file with x, y, domain, split'

    def __init__(
        self, path: str, domain: str, size: int = 64, val: float = 0.1, test: float = 0.2, seed: int = 0
    ) -> None:
        self.path = Path(path).expanduser()
        super().__init__(str(self.path.parent))
        check(size > 0, f'expected `size` above 0, got {size}')
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        check(
            min(val, test) > 0 and val + test < 1,
            f'expected shares above 0 and below 1, got {val} and {test}',
        )
        self.size, self.val, self.test, self.seed = size, val, test, seed
        names, texts = _texts(self.path, 'domain'), _labels(self.path)
        if len(names) != len(texts):
            raise UserError(
                f'{self.path} has {len(texts)} labels and {len(names)} domains; see {check_command(self.path)}'
            )
        self.domain = validate_domain(domain, sorted(set(names)), self.path)
        self.name = domain_name(self.path, domain)
        by_domain = {
            name: {text for text, where in zip(texts, names, strict=True) if where == name and text}
            for name in sorted(set(names))
        }
        self._labelled = bool(by_domain[domain])
        self.classes = classes_of(domain, by_domain, self.path)

    @staticmethod
    def domains_of(path: Path) -> list[str]:
        """Return the domains in an archive."""
        return sorted(set(_texts(path, 'domain')))

    @property
    def labelled(self) -> bool:
        """Whether any image of the domain has a label."""
        return self._labelled

    @property
    def advice(self) -> str:
        """The command that finds all that is wrong with the arrays."""
        return f'or see all with {check_command(self.path)}'

    def options(self) -> dict[str, Any]:
        """Return domain, size, split and the archive's checksum."""
        asked = {
            'domain': self.domain,
            'size': self.size,
            'val': self.val,
            'test': self.test,
            'seed': self.seed,
        }
        return asked | {'archive': self.checksum(self.path)}

    def labels(self, split: str) -> Tensor:
        """Return classes, shape ``(N,)``.

        Raises:
            UserError: The images are not labelled.
        """
        if not self.labelled:
            raise UserError(unlabelled(self.name))
        return super().labels(split)

    def make(self) -> dict[str, Samples]:
        """Divide the domain's images into splits."""
        rows = [row for row, name in enumerate(_texts(self.path, 'domain')) if name == self.domain]
        pixels, texts = _images(self.path), _labels(self.path)
        if len(pixels) != len(texts):
            raise UserError(
                f'{self.path} has {len(pixels)} images and {len(texts)} labels; see {check_command(self.path)}'
            )
        images = pixels[rows]
        labels = [self._number(texts[row], row) for row in rows]
        if self.labelled:
            check_classes(labels, self.classes, self.name, self.advice)
        contents = [hashlib.sha256(image.tobytes()).hexdigest()[:16] for image in images]
        published = self._published(rows)
        parts = split(published, labels, contents, val=self.val, test=self.test, seed=self.seed)
        for name in SPLITS:
            if not parts[name]:
                raise UserError(
                    f'the {name} split of {self.name} has no image of {len(rows)}; add some, {self.advice}'
                )
        return {
            name: Samples(
                resized(images[part], self.size),
                np.array([labels[index] for index in part], np.int64),
                identities(contents[index] for index in part),
                np.array([f'x[{rows[index]}]' for index in part]),
            )
            for name, part in parts.items()
        }

    def _number(self, text: str, row: int) -> int:
        if not text and self.labelled:
            raise UserError(
                f'y[{row}] of {self.path} is no label and others of {self.domain} are; label it or leave it out'
            )
        return self.classes.index(text) if text else -1

    def _published(self, rows: list[int]) -> list[str | None]:
        words = _texts(self.path, 'split', optional=True)
        if not words:
            return [None] * len(rows)
        for row in rows:
            if words[row] and parse_split(words[row]) is None:
                raise unknown(f'split[{row}] of {self.path}', words[row], SPLITS)
        return [parse_split(words[row]) for row in rows]


def _array(path: Path, key: str, *, optional: bool = False) -> NDArray[Any] | None:
    try:
        with np.load(path) as archive:
            if key in archive.files:
                array: NDArray[Any] = archive[key]
                return array
            have = ', '.join(archive.files) or 'nothing'
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        why = getattr(error, 'strerror', None) or ' '.join(str(error).split())
        raise UserError(
            f'cannot read {key} of {path} ({why}); write it with numpy.savez, see {check_command(path)}'
        ) from error
    if optional:
        return None
    raise UserError(f'{path} has no array {key!r} but {have}; its arrays are x, y, domain and split')


def _texts(path: Path, key: str, *, optional: bool = False) -> list[str]:
    array = _array(path, key, optional=optional)
    if array is None:
        return []
    if array.dtype.kind not in 'iuUS' or array.ndim != 1:
        raise UserError(
            f'{key} of {path} is {array.dtype} of shape {array.shape}; expected (N,) of text or whole numbers'
        )
    return [str(value) for value in array.astype(np.str_).tolist()]


def _labels(path: Path) -> list[str]:
    """Names of the classes, '' where there is none."""
    names = _texts(path, 'classes', optional=True)
    texts, found = _texts(path, 'y'), []
    for row, text in enumerate(texts):
        if text in UNKNOWN:
            found.append('')
        elif names and text.isdecimal():
            if int(text) >= len(names):
                raise UserError(
                    f'y[{row}] of {path} is {text}; expected 0 to {len(names) - 1}, see {check_command(path)}'
                )
            found.append(names[int(text)])
        else:
            found.append(text)
    return found


def _images(path: Path) -> NDArray[np.uint8]:
    """Images of shape ``(N, 3, H, W)``."""
    images = _array(path, 'x')
    assert images is not None
    if images.dtype != np.uint8:
        raise UserError(f'x of {path} is {images.dtype}; bring it to 0 ... 255 and write it as uint8')
    if images.ndim == 3:
        images = images[:, None]
    elif images.ndim == 4 and images.shape[3] in CHANNELS:
        images = np.moveaxis(images, 3, 1)
    if images.ndim != 4 or images.shape[1] not in CHANNELS:
        raise UserError(
            f'x of {path} has shape {images.shape}; expected (N, H, W), (N, H, W, C) or (N, C, H, W)'
        )
    count, channels, height, width = images.shape
    if channels == 1:
        return np.ascontiguousarray(np.broadcast_to(images, (count, 3, height, width)))
    return np.ascontiguousarray(images[:, :3])
