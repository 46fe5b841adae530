"""What each labelled sample loses."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.views import View

Loss = Literal['error', 'cross_entropy']


def check_loss(loss: str) -> None:
    """Raise ``ValueError`` for an unknown loss."""
    check(loss in get_args(Loss), f'expected `loss` to be one of {get_args(Loss)}, got {loss!r}')


def sample_losses(view: View, loss: Loss) -> NDArray[np.float64]:
    """Loss of each sample, shape ``(N,)``: 1 for a wrong prediction and 0 for a right one, or cross-entropy."""
    assert view.labels is not None
    if loss == 'error':
        losses = (view.predictions != view.labels).double()
    else:
        losses = F.cross_entropy(view.logits.double(), view.labels, reduction='none')
    values: NDArray[np.float64] = losses.detach().cpu().numpy()
    return values
