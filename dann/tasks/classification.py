"""What the network is trained to do on the source."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.remembered import Remembered
from dann.core.views import View


class Classification(Remembered):
    """One class an image.

    Args:
        label_smoothing: Share of each label spread over all classes, in [0, 1).
    """

    def __init__(self, label_smoothing: float = 0.0) -> None:
        check(0 <= label_smoothing < 1, f'expected `label_smoothing` in [0, 1), got {label_smoothing}')
        self.label_smoothing = label_smoothing

    def losses(self, view: View) -> Tensor:
        """Return the cross-entropy of each sample of a labelled view, shape ``(B,)``."""
        assert view.labels is not None
        smoothing = self.label_smoothing
        return F.cross_entropy(view.logits, view.labels, label_smoothing=smoothing, reduction='none')

    def loss(self, view: View) -> Tensor:
        """Return the mean cross-entropy of a labelled view."""
        assert view.labels is not None
        return F.cross_entropy(view.logits, view.labels, label_smoothing=self.label_smoothing)
