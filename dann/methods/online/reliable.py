"""Which predictions are certain enough to learn from."""

from __future__ import annotations

import math

from torch import Tensor

from dann.core.errors import check


def reliable(entropy: Tensor, classes: int, share: float = 0.4) -> Tensor:
    r"""Whether the entropy of each prediction is below :math:`E_0 = s \log C`.

    Args:
        entropy: In nats, shape ``(B,)``.
        classes: :math:`C`.
        share: :math:`s`, of the highest entropy that there can be.

    Returns:
        bool, shape ``(B,)``.

    Reference:
        `Efficient Test-Time Model Adaptation without Forgetting <https://arxiv.org/abs/2204.02610>`_ (Niu et al., ICML
        2022), eq. 3, and `Towards Stable Test-Time Adaptation in Dynamic Wild World
        <https://arxiv.org/abs/2302.12400>`_ (Niu et al., ICLR 2023), eq. 2.
    """
    return entropy < share * math.log(classes)


def check_share(share: float) -> None:
    """Raise ``CheckError`` unless a share of the highest entropy is one."""
    check(0 < share <= 1, f'expected `reliable` in (0, 1], got {share:g}; the papers have 0.4')
