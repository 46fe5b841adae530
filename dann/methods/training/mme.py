"""Minimax entropy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.recommended import SGD_IN_PAPER
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.functional.entropies import check_logits, entropies
from dann.networks.network import Network
from dann.networks.reversal import reverse_gradient


class CosineLayer(nn.Linear):
    r"""A linear layer on features of length 1, scaled: :math:`z = W f / (T \lVert f \rVert_2) + b`.

    It shares the weights of ``layer`` and adds none.

    Args:
        layer: The linear layer that it takes the place of.
        temperature: ``T``, above 0.

    Reference:
        `Semi-supervised Domain Adaptation via Minimax Entropy <https://arxiv.org/abs/1904.06487>`_, section 3.1.
        The paper's has no bias; this one keeps the layer's, so that the network starts as that of other methods.
    """

    def __init__(self, layer: nn.Linear, temperature: float) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.weight, self.bias = layer.weight, layer.bias
        self.temperature = temperature

    def forward(self, features: Tensor) -> Tensor:
        """Return logits ``(B, C)`` of features ``(B, D)``."""
        return F.linear(F.normalize(features) / self.temperature, self.weight, self.bias)


def minimax_entropy(network: Network, features: Tensor) -> Tensor:
    r"""Negative mean entropy of predictions, whose gradient is reversed between classifier and features.

    .. math:: \ell = -H\bigl(C(R_1(f))\bigr), \qquad H = -\frac1B \sum_n \sum_c p_{nc} \log p_{nc}

    A descent on it moves the classifier to higher entropy, and the features to lower.

    Args:
        network: The classifier is its head.
        features: Shape ``(B, D)``.

    Returns:
        A scalar in [-log C, 0].

    Raises:
        ValueError: Features of no sample.

    Reference:
        `Semi-supervised Domain Adaptation via Minimax Entropy <https://arxiv.org/abs/1904.06487>`_, section 3.2.
    """
    logits = network.classify(reverse_gradient(features, 1.0)).logits
    check_logits(logits)
    return -entropies(logits).mean()


class MME(AdaptationModule):
    """Minimax entropy: class weights move towards target features, and target features gather around them.

    Labelled target images, where the data gives some (``shots``), join the task loss.

    Args:
        weight: The paper's lambda, at least 0.
        temperature: Of a classifier on features of length 1; 0.05 in the paper, ``null`` for the linear
            classifier that all methods share.

    Fails when:
        No labelled target image ties a class to its region, so that gathering features gather around the wrong
        class; or when the target's classes are far from equally frequent, as the classifier's move to high
        entropy favours none.

    Reference:
        `Semi-supervised Domain Adaptation via Minimax Entropy <https://arxiv.org/abs/1904.06487>`_ (Saito et
        al., ICCV 2019), section 3. Source and labelled target images have a mean loss each, and the linear
        classifier is the default, so that the rows of a table differ in one thing only; the paper's is the row
        ``mme+cosine``. Without ``shots`` this is the unsupervised setting, on which the paper has an
        experiment.
    """

    family = 'adversarial'
    batch_norm_policy: ClassVar[BatchNormPolicy | None] = 'separate'
    recommended: ClassVar[Mapping[str, Any]] = SGD_IN_PAPER
    search: ClassVar[Search] = {
        'weight': Float(0.01, 1, log=True),
        'temperature': Categorical((None, 0.05, 0.1)),
    }
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        'mme+cosine': {'class_path': 'MME', 'init_args': {'temperature': 0.05}}
    }
    sees_target = True

    def __init__(self, *, weight: float = 0.1, temperature: float | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        self.weight = weight
        if temperature is not None:
            check(temperature > 0, f'expected `temperature` above 0, got {temperature}')
            last = self.network.head[-1]
            assert isinstance(last, nn.Linear)
            self.network.head[-1] = CosineLayer(last, temperature)

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the term ``minimax``."""
        assert target is not None
        return {'minimax': self.weight * minimax_entropy(self.network, target.features)}
