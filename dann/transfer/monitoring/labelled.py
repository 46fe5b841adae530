"""Source samples with labels, in class folders or arrays, for the estimates of accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dann.core.errors import UserError, unknown
from dann.core.limits import TooLargeError
from dann.core.numpy_files import open_arrays
from dann.core.views import View
from dann.datasets.storage.decoding import image_files, is_no_data
from dann.engine.predictions import seen_files
from dann.engine.trained import TrainedModel

HOW = 'name a folder with a folder of images for each class, or an .npz file with arrays x and y'


def labelled_view(model: TrainedModel, place: Path) -> tuple[View, list[str]]:
    """Return what the network makes of samples whose labels are known, and what could not be read.

    Args:
        model: The network.
        place: A folder with a folder for each class, named as the model's classes; or an ``.npz`` file with samples
            ``x`` and classes ``y``, by name or by their place among the model's.

    Raises:
        UserError: There are no such samples, or a class is not one of the model's.
    """
    if place.is_dir():
        return _of_folder(model, place)
    if place.suffix.lower() == '.npz' and place.exists():
        return _of_arrays(model, place), []
    raise UserError(f'there are no labelled samples at {place}; {HOW}')


def _of_folder(model: TrainedModel, place: Path) -> tuple[View, list[str]]:
    folders = sorted(path for path in place.iterdir() if path.is_dir() and not is_no_data(path.name))
    views, unreadable = [], list[str]()
    for folder in folders:
        if folder.name not in model.classes:
            raise unknown('class', folder.name, model.classes)
        if paths := image_files(folder):
            seen = seen_files(model, paths)
            label = model.classes.index(folder.name)
            views.append(replace(seen.view, labels=torch.full((len(seen.names),), label)))
            unreadable += seen.unreadable
    if not views:
        raise UserError(f'{place} has no folders of images; {HOW}')
    return View.concatenate(views), unreadable


def _of_arrays(model: TrainedModel, place: Path) -> View:
    try:
        with open_arrays(place) as archive:
            samples, labels = archive['x'], archive['y']
    except (OSError, ValueError, KeyError, TooLargeError) as error:
        raise UserError(f'cannot read {place} ({" ".join(str(error).split())}); {HOW}') from error
    if labels.ndim != 1 or labels.shape != samples.shape[:1] or not len(labels):
        raise UserError(f'{place} has x of shape {samples.shape} and y of shape {labels.shape}; {HOW}')
    seen = View.concatenate([*model.views(samples)])
    return replace(seen, labels=_places(labels.tolist(), model.classes))


def _places(labels: Sequence[object], classes: Sequence[str]) -> Tensor:
    """Return classes by name, or by their place, as places."""
    known: dict[object, int] = dict(
        zip([*classes, *range(len(classes))], 2 * [*range(len(classes))], strict=True)
    )
    for label in labels:
        if label not in known:
            raise unknown('class', str(label), [*classes])
    return torch.from_numpy(np.array([known[label] for label in labels], np.int64))
