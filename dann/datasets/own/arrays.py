"""The user's own images, feature vectors or series in arrays: an archive, or .npy files beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import UserError, check
from dann.core.limits import TooLargeError
from dann.core.numpy_files import ObjectsError, load_array, open_arrays, read_header
from dann.datasets.own.rows import Rows, in_float32, not_finite
from dann.datasets.own.shared import check_command, label_of
from dann.datasets.storage.public import resized

CHANNELS = (1, 3, 4)
BESIDE = {'x': '', 'y': '.labels', 'domain': '.domains', 'split': '.splits', 'classes': '.classes'}
SHAPES = '(N, D) for features or (N, C, T) for series'


class Arrays(Rows):
    """The user's own images, features or series in the arrays x, y, domain and, if they are given, split and classes.

    They are in one .npz archive; or in files beside each other, ``FILE.npy`` for ``x``, ``FILE.labels.npy`` for
    ``y``, ``FILE.domains.npy``, ``FILE.splits.npy`` and ``FILE.classes.npy``.

    ``x`` holds images, uint8, shape ``(N, H, W)``, ``(N, H, W, C)`` or ``(N, C, H, W)`` with 1, 3 or 4 channels,
    of which a fourth is left out; or feature vectors, float, shape ``(N, D)``; or series, float, shape
    ``(N, C, T)``. ``y`` holds a class of each, as text, or as a number into ``classes`` if there are any; text '',
    -1 and NaN say that it is not known. ``domain`` holds names, ``split`` the words ``train``, ``val`` and ``test``,
    or '' to be drawn. Classes and domains without labels are as in a ``Folder``.

    Args:
        path: The archive, as ``numpy.savez`` writes it, or ``FILE.npy``.
        domain: One of the values of ``domain``.
        size: Height and width in pixels to which each image is brought; of images only.
        val: Share of the samples that form the validation split, where ``split`` has none of it.
        test: The same for the test split.
        seed: Of the split.
        groups: The array that says the group of each sample, by which figures are told apart: a further array of the
            archive, or ``FILE.GROUPS.npy``. ``None`` for no groups.
    """

    title = 'an archive of arrays'
    layout = 'an .npz file with x, y, domain, split'

    def __init__(
        self,
        path: str,
        domain: str,
        size: int = 64,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        groups: str | None = None,
    ) -> None:
        check(size > 0, f'expected `size` above 0, got {size}')
        self.size = size
        place = Path(path).expanduser()
        names, texts = _texts(place, 'domain'), _labels(place)
        if len(names) != len(texts):
            raise UserError(
                f'{place} has {len(texts)} labels and {len(names)} domains; see {check_command(place)}'
            )
        self.grouped_by = groups
        super().__init__(
            place,
            domain,
            names,
            texts,
            val=val,
            test=test,
            seed=seed,
            groups=_groups(place, groups, len(names)),
        )
        self._shape = feature_shape(place)

    @staticmethod
    def domains_of(path: Path) -> list[str]:
        """Return the domains in an archive."""
        return sorted(set(_texts(path, 'domain')))

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Channels, height and width of an image; ``(D,)`` of a feature vector, ``(C, T)`` of a series."""
        return (3, self.size, self.size) if self._shape is None else self._shape

    def options(self) -> dict[str, Any]:
        """Return domain, size of images, split and the files' checksums."""
        asked: dict[str, Any] = {'domain': self.domain, 'val': self.val, 'test': self.test, 'seed': self.seed}
        asked |= {'size': self.size} if self._shape is None else {}
        asked |= {} if self.grouped_by is None else {'groups': self.grouped_by}
        if self.path.suffix.lower() != '.npy':
            return asked | {'archive': self.checksum(self.path)}
        keys = [*BESIDE, *([] if self.grouped_by is None else [self.grouped_by])]
        files = [file for key in keys if (file := beside(self.path, key)).exists()]
        return asked | {'archive': {file.name: self.checksum(file) for file in files}}

    def samples(self, rows: Sequence[int]) -> NDArray[Any]:
        """Return images, features or series.

        Raises:
            UserError: There are fewer or more of them than labels, or a number is not finite.
        """
        values = _images(self.path) if self._shape is None else _array(self.path, 'x')
        assert values is not None
        count = len(_texts(self.path, 'y'))
        if len(values) != count:
            what = 'images' if self._shape is None else 'samples'
            raise UserError(
                f'{self.path} has {len(values)} {what} and {count} labels; see {check_command(self.path)}'
            )
        chosen = values[list(rows)]
        if self._shape is None:
            return resized(chosen, self.size)
        return self._checked(in_float32(chosen), rows)

    def _checked(self, values: NDArray[np.float32], rows: Sequence[int]) -> NDArray[np.float32]:
        where = not_finite(values)
        if where is not None:
            index = ', '.join(map(str, (rows[where[0]], *where[1:])))
            raise UserError(
                f'x[{index}] of {self.path} is {values[where]} in float32; mend it or leave the sample out, '
                f'{self.advice}'
            )
        return values

    def words(self, rows: Sequence[int]) -> list[str]:
        """Return the words in ``split``."""
        words = _texts(self.path, 'split', optional=True)
        return [words[row] for row in rows] if words else [''] * len(rows)

    def place(self, what: str, row: int) -> str:
        """Return the element of the array."""
        return f'{what}[{row}] of {self.path}'

    def called(self, row: int) -> str:
        """Return the element of ``x``."""
        return f'x[{row}]'


def beside(path: Path, key: str) -> Path:
    """Return the file that holds the array ``key`` beside ``FILE.npy``, which holds ``x``."""
    return path.with_name(f'{path.stem}{BESIDE.get(key, f".{key}")}.npy')


def feature_shape(path: Path) -> tuple[int, ...] | None:
    """Return the shape of a feature vector or a series in ``x``; ``None`` for images, or where nothing says.

    The numbers are not read.
    """
    try:
        dtype, shape = _header(path)
    except (OSError, ValueError, KeyError):
        return None
    return tuple(shape[1:]) if is_features(dtype, shape) else None


def is_features(dtype: np.dtype[Any], shape: Sequence[int]) -> bool:
    """Whether an array holds feature vectors or series, and no images: numbers with a fraction, of 2 or 3 axes."""
    return dtype.kind == 'f' and len(shape) in (2, 3)


def _header(path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    if path.suffix.lower() == '.npy':
        return read_header(path)
    with open_arrays(path) as archive:
        return archive.header('x')


def _array(path: Path, key: str, *, optional: bool = False) -> NDArray[Any] | None:
    try:
        found, have = _read(path, key)
    except ObjectsError as error:
        kind = 'one array of uint8 or float32' if key == 'x' else f'text, {key}.astype(str), or whole numbers'
        raise UserError(f'{key} of {path} holds Python objects; write it as {kind}') from error
    except TooLargeError as error:
        raise UserError(f'{path} {error}') from error
    except (OSError, ValueError) as error:
        why = getattr(error, 'strerror', None) or ' '.join(str(error).split())
        writer = 'save' if path.suffix.lower() == '.npy' else 'savez'
        raise UserError(
            f'cannot read {key} of {path} ({why}); write it with numpy.{writer}, see {check_command(path)}'
        ) from error
    if found is not None or optional:
        return found
    if path.suffix.lower() == '.npy':
        names = ', '.join(f'{beside(path, each).name} ({each})' for each in ('y', 'domain', 'split'))
        raise UserError(f'{path} has no {beside(path, key).name} beside it; its files are {names}')
    raise UserError(f'{path} has no array {key!r} but {have}; its arrays are x, y, domain and split')


def _read(path: Path, key: str) -> tuple[NDArray[Any] | None, str]:
    """Return an array, ``None`` where there is none of the name, and the names that there are."""
    if path.suffix.lower() == '.npy':
        file = beside(path, key)
        return (load_array(file) if key == 'x' or file.exists() else None), ''
    with open_arrays(path) as archive:
        return (archive[key] if key in archive.files else None), ', '.join(archive.files) or 'nothing'


def _texts(path: Path, key: str, *, optional: bool = False) -> list[str]:
    array = _array(path, key, optional=optional)
    if array is None:
        return []
    if key == 'y' and (whole := whole_labels(array)) is not None:
        array = whole
    if array.dtype.kind not in 'iuUS' or array.ndim != 1:
        raise UserError(
            f'{key} of {path} is {array.dtype} of shape {array.shape}; expected (N,) of text or whole numbers'
        )
    return [str(value) for value in array.astype(np.str_).tolist()]


def _groups(path: Path, key: str | None, count: int) -> list[str] | None:
    if key is None:
        return None
    check(
        key not in BESIDE and key.isidentifier(),
        f'expected `groups` to name a further array of {path}, got {key!r}',
    )
    texts = _texts(path, key)
    if len(texts) != count:
        raise UserError(f'{path} has {len(texts)} {key} and {count} labels; give one to each sample')
    return texts


def whole_labels(labels: NDArray[Any]) -> NDArray[Any] | None:
    """Return float labels as whole numbers, NaN as -1, and booleans as 0 and 1; ``None`` where they are no such."""
    if labels.dtype.kind == 'b':
        return labels.astype(np.int64)
    if labels.dtype.kind != 'f':
        return None
    known = np.nan_to_num(labels, nan=-1)
    whole = np.isfinite(known).all() and (known == np.floor(known)).all()
    return known.astype(np.int64) if whole else None


def _labels(path: Path) -> list[str]:
    """Names of the classes, '' where there is none."""
    names = _texts(path, 'classes', optional=True)
    texts, found = _texts(path, 'y'), []
    for row, text in enumerate(map(label_of, texts)):
        if not text:
            found.append('')
        elif text[0] == '-' and text[1:].isdecimal():
            raise UserError(
                f'y[{row}] of {path} is {text}; number classes from 0, -1 says that there is no label'
            )
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
    return as_rgb(images, f'x of {path}')


def as_rgb(images: NDArray[Any], what: str) -> NDArray[np.uint8]:
    """Return images of one of the shapes of ``Arrays`` as ``(N, 3, H, W)``: grey repeated, a fourth channel left out.

    Args:
        images: uint8, shape ``(N, H, W)``, ``(N, H, W, C)`` or ``(N, C, H, W)``.
        what: To call them in a message.

    Raises:
        UserError: They are of another type or shape.
    """
    if images.dtype != np.uint8:
        fix = (
            f'write features and series as float32 of shape {SHAPES}'
            if images.ndim < 4
            else 'bring it to 0 ... 255 and write it as uint8'
        )
        raise UserError(f'{what} is {images.dtype} of shape {images.shape}; {fix}')
    if images.ndim == 3:
        images = images[:, None]
    elif images.ndim == 4 and images.shape[3] in CHANNELS:
        images = np.moveaxis(images, 3, 1)
    if images.ndim != 4 or images.shape[1] not in CHANNELS:
        raise UserError(
            f'{what} has shape {images.shape}; expected (N, H, W), (N, H, W, C) or (N, C, H, W) of uint8 '
            f'images, or float {SHAPES}'
        )
    count, channels, height, width = images.shape
    if channels == 1:
        return np.ascontiguousarray(np.broadcast_to(images, (count, 3, height, width)))
    return np.ascontiguousarray(images[:, :3])
