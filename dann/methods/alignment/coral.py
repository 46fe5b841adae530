"""Deep CORAL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch

from dann.core.alignment import Alignment
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.functional.coral import coral
from dann.functional.layers import Layer, activations, check_layers

__all__ = ['CORAL', 'coral']


class CORAL(Alignment):
    """Deep CORAL: aligns the second moments of the domains' class scores, or of other layers, summed over layers.

    Args:
        weight: Factor on the loss. The paper sets it so that the source loss and this one end up about equal, without
            printing it; 1 is the default here.
        schedule: How the strength grows with progress; constant in the paper.
        layers: Any of ``features``, ``hidden`` (each hidden layer of the classifier), ``logits`` and
            ``probabilities``; the loss is the sum over them. The paper's is the classification layer, ``logits``.

    Fails when:
        The domains differ in their means or in anything beyond second moments, which it cannot see, or hold
        different shares of the classes. The 1 / (4 D^2) makes the loss of a wide layer weak: on 500 features it weighs
        2,500 times less than on the logits of ten classes, so that there a weight of 1 may do nothing at all.

    Reference:
        `Deep CORAL <https://arxiv.org/abs/1607.01719>`_ (Sun and Saenko, ECCV-W 2016), eqs. 1-6; the layer
        is that of section 4.
    """

    family: ClassVar[str] = 'moments'
    search: ClassVar[Search] = {
        **Alignment.search,
        'weight': Float(0.1, 1000, log=True),
        'layers': Categorical((['logits'], ['features'], ['features', 'logits'])),
    }

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Constant(),
        layers: Sequence[Layer] = ('logits',),
    ) -> None:
        super().__init__(weight, schedule)
        self.layers = check_layers(layers)

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``coral``."""
        left, right = activations(source, self.layers), activations(target, self.layers)
        values = [coral(left[name], right[name]) for name in left]
        return {'coral': strength * torch.stack(values).sum()}
