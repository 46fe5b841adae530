"""BN-adapt: statistics of batch norm between those of the training and those of the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from dann.core.errors import check
from dann.core.online_method import OnlineMethod
from dann.methods.training.adabn import moments
from dann.networks.norms import found_norms


def blended(of_training: Tensor, of_batch: Tensor, prior: float, count: int) -> Tensor:
    r"""Statistics as if the training were ``prior`` images of the batch's domain.

    .. math:: \bar\mu = \frac{N}{N + n} \mu_s + \frac{n}{N + n} \mu_t

    Args:
        of_training: Mean or variance of each channel, shape ``(C,)``.
        of_batch: The same of the batch.
        prior: :math:`N`, at least 0.
        count: :math:`n`, images in the batch.

    Returns:
        Shape ``(C,)``.

    Example:
        >>> blended(torch.tensor([0.0]), torch.tensor([1.0]), prior=1, count=3)
        tensor([0.7500])
    """
    return torch.lerp(of_batch, of_training, prior / (prior + count))


class BNAdapt(OnlineMethod):
    r"""Batch norm by a mixture of the training's statistics and the batch's; no weight changes.

    .. math:: \bar\mu = \frac{N}{N + n} \mu_s + \frac{n}{N + n} \mu_t, \qquad
        \bar\sigma^2 = \frac{N}{N + n} \sigma_s^2 + \frac{n}{N + n} \sigma_t^2

    Each batch is normalised by its own mixture, and none is remembered.

    Args:
        prior: :math:`N`: how many images of the batch's domain the training's statistics are worth. 0 for the batch's
            own statistics, which is prediction-time batch normalisation (Nado et al.).

    Fails when:
        Batches hold few classes, or another mixture of them than the training: their statistics are then not those of
        the domain.

    Reference:
        `Improving robustness against common corruptions by covariate shift adaptation
        <https://arxiv.org/abs/2006.16971>`_ (Schneider et al., NeurIPS 2020), the estimate that has the training for a
        prior, and `Evaluating Prediction-Time Batch Normalization for Robustness under Covariate Shift
        <https://arxiv.org/abs/2006.10963>`_ (Nado et al., 2020). As in the authors' code the batch's variance is the
        unbiased one. They choose :math:`N` for each batch size; the default here is chosen by nothing.
    """

    name: ClassVar[str] = 'bn_adapt'

    def __init__(self, prior: float = 16) -> None:
        check(0 <= prior < 1e9, f'expected `prior` of at least 0, got {prior:g}; 0 is the batch alone')
        self.prior = prior

    def prepare(self) -> None:
        """Mix the statistics of every batch norm before it sees a batch."""
        norms = found_norms(self.network, self.name)
        for norm in norms:
            if isinstance(norm, _BatchNorm) and norm.running_mean is not None:
                norm.register_forward_pre_hook(self._mixing(norm))

    def _mixing(self, norm: _BatchNorm) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        mean, variance = norm.running_mean, norm.running_var
        assert mean is not None
        assert variance is not None

        def mix(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            values, own_mean, own_variance = moments(inputs[0])
            unbiased = own_variance * values / max(values - 1, 1)
            count = len(inputs[0])
            norm.running_mean = blended(mean, own_mean.to(mean), self.prior, count)
            norm.running_var = blended(variance, unbiased.to(variance), self.prior, count)

        return mix

    @torch.no_grad()
    def step(self, images: Tensor) -> Tensor:
        """Predict the batch by the mixture."""
        logits: Tensor = self.network(images)
        return logits
