"""Deep CORAL."""

from __future__ import annotations

from typing import ClassVar

from dann.core.alignment import Alignment
from dann.core.search_space import Float, Search
from dann.core.views import Losses, View
from dann.functional.coral import coral

__all__ = ['CORAL', 'coral']


class CORAL(Alignment):
    """Deep CORAL: aligns the second moments of the features.

    The paper sets the weight so that the source loss and this one end up about equal, without printing it; 1
    is the default here.

    Fails when:
        The domains differ in their means or in anything beyond second moments, which it cannot see, or hold
        different shares of the classes. The 1 / (4 D^2) makes the loss tiny for small features, so that a weight
        of 1 may do nothing at all.

    Reference:
        `Deep CORAL <https://arxiv.org/abs/1607.01719>`_ (Sun and Saenko, ECCV-W 2016), eqs. 1-4.
    """

    family: ClassVar[str] = 'moments'
    search: ClassVar[Search] = {**Alignment.search, 'weight': Float(0.1, 1000, log=True)}

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``coral``."""
        return {'coral': strength * coral(source.features, target.features)}
