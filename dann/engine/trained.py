"""A trained model in use: images in, classes out."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from dann.core.errors import UserError
from dann.core.shown import shown
from dann.core.views import View
from dann.datasets.augment import Augment
from dann.datasets.loading import evaluated
from dann.datasets.own.arrays import as_rgb
from dann.datasets.own.rows import in_float32, not_finite
from dann.datasets.storage.decoding import decoded, fitted, image_files
from dann.engine.finding import weights_of
from dann.engine.module import AdaptationModule
from dann.engine.saved import read, restored

BATCH = 64
Samples = str | Path | Image.Image | NDArray[Any] | Tensor | Sequence[Any]


class TrainedModel:
    """What was trained, ready for new images; ``dann.load`` returns it.

    Images are files, folders and globs of files, Pillow images, or arrays of uint8, shape ``(N, H, W)``,
    ``(N, H, W, C)`` or ``(N, C, H, W)``, or a list of single ones; they are brought to the size that the network was
    trained on. A model of feature vectors or of series takes float arrays ``(N, D)`` or ``(N, C, T)``.

    Args:
        module: The trained module.
        card: What its file says of it, see ``card_of``.
    """

    def __init__(self, module: AdaptationModule, card: Mapping[str, Any]) -> None:
        self.module, self.card = module.eval(), dict(card)

    def __repr__(self) -> str:
        domains = self.card.get('domains') or {}
        places = f', {domains["source"]} to {domains["target"]}' if domains else ''
        return shown(f'<TrainedModel: {self.card.get("method")}{places}, {len(self.classes)} classes>')

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the columns of ``predict_proba``."""
        return tuple(self.card['classes'])

    def predict(self, samples: Samples) -> list[str]:
        """Return the most probable class of each sample."""
        return [self.classes[index] for index in self.predict_proba(samples).argmax(axis=1)]

    def predict_proba(self, samples: Samples) -> NDArray[np.float32]:
        """Return class probabilities, shape ``(N, classes)``.

        Raises:
            UserError: A file cannot be read, or the samples are of another kind than those trained on.
        """
        return self._joined(view.probabilities for view in self.views(samples))

    def features(self, samples: Samples) -> NDArray[np.float32]:
        """Return what the classifier sees of each sample, shape ``(N, features)``."""
        return self._joined(view.features for view in self.views(samples))

    def views(self, samples: Samples) -> Iterator[View]:
        """Yield what the network makes of samples, batch by batch, on the device of the module."""
        for batch in self._batches(samples):
            yield self.view(batch)

    @torch.no_grad()
    def view(self, batch: Tensor) -> View:
        """Return what the network makes of one batch, as ``read`` and ``taken`` return them."""
        see = partial(self.module.evaluated, domain=self.card['network']['deployed'])
        view: View = see(self.entering(batch))
        return view.to('cpu', torch.float32)

    def entering(self, batch: Tensor) -> Tensor:
        """Return what enters the network of one batch, as ``read`` and ``taken`` return them, on its device."""
        like = next(self.module.network.parameters())
        return evaluated(batch, Augment(crop=self._crop)).to(like)

    @property
    def _crop(self) -> int | None:
        return (self.card.get('preprocessing') or {}).get('crop')

    @property
    def of_images(self) -> bool:
        """Whether the model takes images, and not feature vectors or series."""
        return bool(self.card.get('preprocessing'))

    @property
    def size(self) -> int:
        """Height and width that images are brought to.

        Raises:
            UserError: The model takes no images, or such as are no squares.
        """
        size = (self.card.get('preprocessing') or {}).get('size') or []
        if len(set(size)) != 1:
            raise UserError(
                'the model takes no square images; give the samples as .npy, .npz or .csv files, or as arrays'
            )
        return int(size[0])

    def read(self, path: Path) -> Tensor:
        """Return an image file as the network takes it, uint8, shape ``(3, size, size)``.

        Raises:
            UnreadableImageError: It is no image.
        """
        return torch.from_numpy(decoded(path, self.size, fit=self.card['preprocessing']['fit']).copy())

    def taken(self, samples: NDArray[Any] | Tensor) -> Tensor:
        """Return many samples as the network takes them.

        Raises:
            UserError: They are of another kind than the samples trained on, or a number is not finite.
        """
        values = np.asarray(samples)
        if not self.of_images:
            return self._vectors(values)
        if values.ndim == 3 and values.shape[2] in (3, 4):
            raise UserError(
                f'expected images, got an array of shape {values.shape}; give one image as array[None]'
            )
        images = torch.from_numpy(as_rgb(values, 'the array'))
        if list(images.shape[2:]) == self.card['preprocessing']['size']:
            return images
        return torch.stack([self._fitted(Image.fromarray(each.movedim(0, -1).numpy())) for each in images])

    def _vectors(self, values: NDArray[Any]) -> Tensor:
        shape = tuple(self.card['shape'])
        if values.dtype.kind != 'f' or values.shape[1:] != shape:
            raise UserError(
                f'expected float samples of shape (N, {", ".join(map(str, shape))}), got {values.dtype} of shape '
                f'{values.shape}; give those that the model was trained on'
            )
        found = in_float32(values)
        if (where := not_finite(found)) is not None:
            raise UserError(f'sample {where[0]} has {found[where]} at {where[1:]}; mend it or leave it out')
        return torch.from_numpy(found)

    def _fitted(self, image: Image.Image) -> Tensor:
        return torch.from_numpy(fitted(image, self.size, fit=self.card['preprocessing']['fit']).copy())

    def _batches(self, samples: Samples) -> Iterator[Tensor]:
        if isinstance(samples, np.ndarray | Tensor):
            for part in (samples[first : first + BATCH] for first in range(0, len(samples), BATCH)):
                yield self.taken(part)
            return
        each = list(_listed(samples))
        for first in range(0, len(each), BATCH):
            yield torch.cat([self._one(sample) for sample in each[first : first + BATCH]])

    def _one(self, sample: Any) -> Tensor:
        if isinstance(sample, Image.Image):
            return self._fitted(sample)[None]
        return self.read(sample)[None] if isinstance(sample, Path) else self.taken(np.asarray(sample)[None])

    @staticmethod
    def _joined(parts: Iterable[Tensor]) -> NDArray[np.float32]:
        found = [part.numpy() for part in parts]
        if not found:
            raise UserError('expected at least one sample, got none')
        joined: NDArray[np.float32] = np.concatenate(found)
        return joined


def _listed(samples: Any) -> Iterator[Any]:
    given = [samples] if isinstance(samples, str | Path | Image.Image) else samples
    for sample in given:
        if isinstance(sample, str | Path):
            yield from files(sample)
        else:
            yield sample


def load(
    place: str | Path, *, method: str | None = None, seed: int | None = None, allow: Sequence[str] = ()
) -> TrainedModel:
    """Return a trained model, ready for new images; no training data is needed.

    Args:
        place: A checkpoint, or a folder that ``dann fit`` or ``dann benchmark`` wrote.
        method: Row of a benchmark of several.
        seed: Of a benchmark's row; the lowest by default.
        allow: Modules with code of your own that may be imported, for example ``['my_backbone']``. Losses of your own
            are not needed.

    Raises:
        UserError: There is no such model, or several.

    Example:
        >>> import dann
        >>> model = dann.load('runs/photos', method='mcc')  # doctest: +SKIP
        >>> model.predict('new/*.jpg')  # doctest: +SKIP
    """
    saved = read(weights_of(place, method, seed))
    step, chosen = saved.card.get('step'), saved.card.get('chosen_step')
    if chosen not in (None, step):
        warnings.warn(
            shown(
                f'{saved.path} holds the weights of step {step}; those of step {chosen}, which '
                f'{saved.card.get("rule")} chooses and the report is about, were not kept'
            ),
            stacklevel=2,
        )
    return TrainedModel(restored(saved, allow=tuple(allow)), saved.card)


def files(given: str | Path) -> list[Path]:
    """Return the image files that a path names: itself, those below a folder, or those that a glob matches.

    Raises:
        UserError: There are none.
    """
    path = Path(given).expanduser()
    if path.is_dir():
        found = image_files(path)
    elif path.exists():
        return [path]
    else:
        matches = map(Path, glob(str(path), recursive=True))  # noqa: PTH207 - takes absolute patterns too
        found = sorted(each for each in matches if each.is_file())
    if not found:
        raise UserError(
            f'there is no image at {given}; name a file, a folder or a glob such as "photos/*.jpg"'
        )
    return found
