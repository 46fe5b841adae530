"""What the literature recommends to methods in which two players train against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dann.core.frozen import frozen

GAME: Mapping[str, Any] = frozen(
    {
        'momentum': 0.5,  # at most: beta1 of Adam, momentum of SGD
        'because': 'a step of one player makes the gradients that the other has averaged out of date',
        'reference': '`Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks '
        '<https://arxiv.org/abs/1511.06434>`_ (Radford et al., ICLR 2016), section 4, and `Negative Momentum for '
        'Improved Game Dynamics <https://arxiv.org/abs/1807.04740>`_ (Gidel et al., AISTATS 2019)',
    }
)
SGD_IN_PAPER: Mapping[str, Any] = frozen({**GAME, 'paper': 'SGD with momentum 0.9'})
ADAM_IN_PAPER: Mapping[str, Any] = frozen({**GAME, 'paper': 'Adam with `beta1` 0.5'})
