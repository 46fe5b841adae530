"""Two domains of known shift, and a linear model of known quality, as validators see them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dann.core.views import View


def domains(
    count: int = 60,
    other: int = 50,
    width: int = 3,
    classes: int = 3,
    shift: float = 0.5,
    tilt: float = 0.0,
    seed: int = 0,
) -> tuple[View, View, Tensor]:
    """Views of Gaussian classes, the target moved by ``shift``, and the target's classes.

    ``tilt`` turns the model away from the classes' centres: 0 is the best it can be, 1 is noise.
    """
    rng = np.random.default_rng(seed)
    centres = 2 * rng.standard_normal((classes, width))
    noise = 2 * rng.standard_normal((classes, width))
    labels, hidden = rng.integers(classes, size=count), rng.integers(classes, size=other)
    left = centres[labels] + rng.standard_normal((count, width))
    right = centres[hidden] + rng.standard_normal((other, width)) + shift
    model = (1 - tilt) * centres + tilt * noise
    logits = [x @ model.T - (model**2).sum(axis=1) / 2 for x in (left, right)]
    source = View(torch.from_numpy(left), torch.from_numpy(logits[0]), torch.from_numpy(labels))
    return source, View(torch.from_numpy(right), torch.from_numpy(logits[1])), torch.from_numpy(hidden)


def shuffled(view: View, seed: int = 1) -> View:
    """The same samples in another order."""
    order = torch.randperm(len(view), generator=torch.Generator().manual_seed(seed))
    labels = None if view.labels is None else view.labels[order]
    return View(view.features[order], view.logits[order], labels)
