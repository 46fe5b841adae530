"""Optimal transport between joint distributions of features and labels."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import ClassVar

import torch
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.errors import UserError, check
from dann.core.schedules import Delayed, Schedule
from dann.core.search_space import Float, Search
from dann.core.views import Losses, View
from dann.functional.distances import pool, squared_distances
from dann.functional.labels import labels_of
from dann.functional.shapes import check_features


def joint_cost(
    source: Tensor, labels: Tensor, target: Tensor, logits: Tensor, *, alpha: float, lambda_t: float
) -> Tensor:
    r"""Cost of moving each labelled source sample onto each predicted target sample, shape ``(Bs, Bt)``.

    .. math:: M_{ij} = \alpha \lVert s_i - t_j \rVert^2 + \lambda_t \, \mathrm{CE}(y_i, p_j)

    Args:
        source: Features, shape ``(Bs, D)``.
        labels: Source classes, shape ``(Bs,)``.
        target: Features, shape ``(Bt, D)``.
        logits: Target scores, shape ``(Bt, C)``.
        alpha: Factor on the squared distance, at least 0.
        lambda_t: Factor on the cross-entropy, at least 0.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `DeepJDOT: Deep Joint Distribution Optimal Transport for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/1803.10081>`_, eq. 6.
    """
    check_features(source, target)
    pooled = pool(source, target)
    distances = squared_distances(pooled[: len(source)], pooled[len(source) :])
    cross_entropy = -logits.log_softmax(dim=1)[:, labels].T
    return alpha * distances + lambda_t * cross_entropy


def transport_plan(cost: Tensor) -> Tensor:
    """Cheapest plan between two uniform distributions, solved exactly on the CPU; no gradient flows through it.

    Args:
        cost: Shape ``(Bs, Bt)``, finite.

    Returns:
        Shape ``(Bs, Bt)``, at least 0; rows sum to ``1 / Bs`` and columns to ``1 / Bt``.

    Raises:
        UserError: The package POT is missing.
        ValueError: A cost that is not finite.
    """
    ot = _require()
    matrix = cost.detach().to('cpu', torch.float64)
    check(
        bool(matrix.isfinite().all()),
        'expected a finite transport cost, got inf or nan; training diverged, lower the learning rate or `alpha`',
    )
    uniform = [matrix.new_full((size,), 1 / size).numpy() for size in matrix.shape]
    plan = ot.emd(*uniform, matrix.numpy(), numItermax=1_000_000)
    return torch.from_numpy(plan).to(cost.device, cost.dtype)


def _require() -> ModuleType:
    try:
        return import_module('ot')
    except ModuleNotFoundError as error:
        raise UserError(
            "DeepJDOT needs the package POT; pip install -e '.[ot]' in dann's source folder"
        ) from error


class DeepJDOT(Alignment):
    """Optimal transport of source features and labels onto target features and predictions.

    Args:
        weight: Factor on the whole transport cost.
        schedule: How the strength grows with progress. The paper starts from a network that was trained on the source:
            the default is 0 for the first quarter of the run, about the share of steps that the authors' code for SVHN
            to MNIST spends on it at most (4,800 of 19,800), and then constant.
        alpha: Factor on the squared distance of the features.
        lambda_t: Factor on the cross-entropy of target predictions against transported source labels.

    Fails when:
        The domains hold different shares of the classes: all mass must move, so some of it moves across classes.
        Batches are small against the number of classes: the plan of a batch is then far from that of the domains.

    Reference:
        `DeepJDOT: Deep Joint Distribution Optimal Transport for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/1803.10081>`_ (Damodaran et al., ECCV 2018), eqs. 6 and 7. The paper draws 500
        samples a batch with all source classes alike, which is not done here. The plan is solved on the CPU at every
        step, so that a GPU has to wait for it.
    """

    family: ClassVar[str] = 'optimal transport'
    search: ClassVar[Search] = {
        **Alignment.search,
        'weight': Float(0.1, 100, log=True),
        'alpha': Float(0.0001, 0.1, log=True),
        'lambda_t': Float(0.0001, 1, log=True),
    }

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Delayed(0.25),
        alpha: float = 0.001,
        lambda_t: float = 0.0001,
    ) -> None:
        super().__init__(weight, schedule)
        check(
            min(alpha, lambda_t) >= 0,
            f'expected `alpha` and `lambda_t` of at least 0, got {alpha}, {lambda_t}',
        )
        self.alpha = alpha
        self.lambda_t = lambda_t

    def build(self, feature_dim: int, num_classes: int) -> None:
        """Raise before training where the package POT is missing."""
        _require()

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``deepjdot``."""
        cost = joint_cost(
            source.features,
            labels_of(source),
            target.features,
            target.logits,
            alpha=self.alpha,
            lambda_t=self.lambda_t,
        )
        return {'deepjdot': strength * (transport_plan(cost) * cost).sum()}
