"""The rendered traffic signs as a domain."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from dann.datasets.base import SPLITS
from dann.datasets.rendered.random_batch import RandomBatch
from dann.datasets.rendered.rendered_domain import RenderedDomain
from dann.datasets.rendered.signs.backdrop import backdrop
from dann.datasets.rendered.signs.camera import photograph
from dann.datasets.rendered.signs.chart import chart
from dann.datasets.rendered.signs.classes import SIGNS
from dann.datasets.rendered.signs.drawings import drawings
from dann.datasets.rendered.signs.scene import compose

BATCH = 64


class SynSigns(RenderedDomain):
    """The 43 signs of GTSRB, drawn from shapes and seen by a simulated camera: synthetic source to real target.

    A sign (``drawings``) is a plate and a symbol of circles, polygons and lines, with numbers in strokes or in
    DejaVu Sans Bold. ``scene`` turns and tilts it, paints it new, faded or dirty, and shades it; ``backdrop`` is
    noise in the colours of leaves, sky and walls, without a photograph; ``camera`` blurs it, photographs it from
    14 to 64 pixels wide, exposes it from nearly black to blown out, and brings it to one size.

    These are not the 100,000 images of Moiseev et al. that the literature calls Syn. Signs, which were made from
    Wikipedia's pictures of signs. Drawings, backgrounds and camera are others here, so results compare with one
    another and not with published ones.

    The symbols were drawn after pictures of the official signs. The ranges were chosen from knowledge of cameras
    and by comparison with unlabelled training images of GTSRB: a sheet of random frames, their mean, deviation,
    saturation and sharpness, and the sizes and margins of the annotated boxes. No class label of GTSRB and no
    classifier took part. The same arguments give the same images, with any number of threads.

    Args:
        seed: Of the drawing.
        size: Height and width in pixels, from 16 to 64.
        train: Samples in the training split; classes differ in number by at most one, in every split.
        val: Samples in the validation split.
        test: Samples in the test split.
        root: Folder for the files; ``$DANN_CACHE`` or ``~/.cache/dann`` when ``None``.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        The setting: `Unsupervised Domain Adaptation by Backpropagation <https://arxiv.org/abs/1409.7495>`_
        (Ganin and Lempitsky, ICML 2015), sec. 4, with the images of Moiseev et al. (ACIVS 2013). The real signs:
        `Man vs. computer <https://doi.org/10.1016/j.neunet.2012.02.016>`_ (Stallkamp et al., 2012).
    """

    classes = SIGNS
    name = 'signs/rendered'

    def render(self, labels: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.uint8]:
        """Return pictures of these classes, shape ``(N, 3, size, size)``."""
        return render(labels, self.size, generator)

    def contact_sheet(self) -> dict[str, NDArray[np.uint8]]:
        """Return the drawings and rows of rendered signs, each with one of every class in order."""
        labels = np.arange(len(SIGNS), dtype=np.int64)
        generator = np.random.default_rng([self.seed, len(SPLITS)])
        rows = {f'rendered {row}': render(labels, self.size, generator) for row in (1, 2, 3)}
        return {'drawn': chart(self.size).numpy()} | rows


def render(labels: NDArray[np.int64], size: int, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Return pictures of signs, shape ``(N, 3, size, size)``.

    Args:
        labels: Classes, shape ``(N,)``.
        size: Pixels per side.
        generator: Draws all else.
    """
    sheets, images = drawings(), []
    for start in range(0, len(labels), BATCH):
        batch = torch.from_numpy(labels[start : start + BATCH])
        variant = torch.from_numpy(generator.integers(len(sheets), size=len(batch)))
        random = RandomBatch(generator, len(batch))
        light = compose(sheets[variant, batch], backdrop(random), random)
        images.append(photograph(light, size, random).numpy())
    return np.concatenate(images)
