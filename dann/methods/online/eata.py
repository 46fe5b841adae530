"""EATA: entropy minimisation on samples that are reliable and not redundant, without forgetting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import UserError, check
from dann.functional.entropies import entropies
from dann.methods.online.norm_adapting import Descending
from dann.methods.online.reliable import check_share, reliable


def selected(
    logits: Tensor, average: Tensor | None, *, share: float = 0.4, similar: float = 0.4
) -> tuple[Tensor, Tensor]:
    r"""The weight of each sample, and whether it has one.

    .. math:: S(x) = e^{E_0 - H(p)} \, [H(p) < E_0] \, [\cos(p, m) < \epsilon], \qquad E_0 = s \log C

    Args:
        logits: Shape ``(B, C)``.
        average: :math:`m`, the moving average of earlier predictions, shape ``(C,)``; ``None`` before the first.
        share: :math:`s`.
        similar: :math:`\epsilon`.

    Returns:
        Weights and bool, both of shape ``(B,)``, detached.

    Reference:
        `Efficient Test-Time Model Adaptation without Forgetting <https://arxiv.org/abs/2204.02610>`_ (Niu et al., ICML
        2022), eqs. 3, 5 and 6.
    """
    logits = logits.detach()
    entropy, classes = entropies(logits), logits.shape[1]
    kept = reliable(entropy, classes, share)
    if average is not None:
        kept &= F.cosine_similarity(logits.softmax(dim=1), average[None], dim=1) < similar
    weights: Tensor = (share * math.log(classes) - entropy).exp() * kept
    return weights, kept


def importance(
    network: nn.Module, parameters: Sequence[nn.Parameter], batches: Sequence[Tensor]
) -> list[Tensor]:
    r"""Diagonal of the Fisher information of each parameter, by the network's own predictions.

    .. math:: \omega = \frac{1}{Q} \sum_q \Big( \frac{\partial}{\partial \theta} L_{CE}(f(x_q), \hat y_q) \Big)^2,
        \qquad \hat y = \arg\max f(x)

    Args:
        network: From images to logits.
        parameters: Of the network.
        batches: Unlabelled images, each ``(B, ...)``.

    Returns:
        One of the shape of each parameter.

    Reference:
        The same, eq. 9. As in the authors' code :math:`x_q` is a batch: the gradient is that of its mean loss, since
        with batch statistics no sample has a gradient of its own.
    """
    total = [torch.zeros_like(each) for each in parameters]
    for images in batches:
        logits = network(images)
        gradients = torch.autograd.grad(F.cross_entropy(logits, logits.argmax(dim=1)), parameters)
        total = [known + gradient.square() for known, gradient in zip(total, gradients, strict=True)]
    return [each / len(batches) for each in total]


class EATA(Descending):
    r"""Learns from reliable and not redundant samples, and keeps what mattered to the source.

    .. math:: \min_{\gamma, \beta} \frac{1}{|K|} \sum_{n \in K} S(x_n) H(p_n)
        + \beta \sum_i \omega_i (\theta_i - \theta_i^0)^2

    :math:`K` are the samples with a weight :math:`S`. A batch without any changes nothing.

    Args:
        lr: Learning rate of SGD with momentum 0.9.
        reliable: Share of the highest entropy below which a sample is reliable, in (0, 1].
        similar: Cosine with the average prediction from which on a sample is redundant: the paper has 0.4 for ten
            classes and 0.05 for a thousand, as predictions of few classes are never as far apart.
        weight: :math:`\beta` of the penalty; 0 for none, which the paper calls ETA.
        batch: Source images of a batch by which the penalty is measured.

    Fails when:
        No sample is reliable, as after a sudden shift: then nothing is learned. Where the penalty is large against the
        learning rate, the norms stay where they were.

    Reference:
        `Efficient Test-Time Model Adaptation without Forgetting <https://arxiv.org/abs/2204.02610>`_ (Niu et al., ICML
        2022), eqs. 3-5, 8 and 9. The defaults are of different settings: ``similar`` is the paper's for ten classes,
        ``lr`` and ``weight`` are those of the authors' script for ImageNet; the three were not chosen together. The
        moving average of eq. 4 keeps 0.9 and takes in the samples that were learned from, as there.
    """

    name: ClassVar[str] = 'eata'
    needs_source: ClassVar[bool] = True

    def __init__(
        self,
        lr: float = 2.5e-4,
        reliable: float = 0.4,
        similar: float = 0.4,
        weight: float = 2000.0,
        batch: int = 64,
    ) -> None:
        super().__init__(lr)
        check_share(reliable)
        check(0 < similar <= 1, f'expected `similar` in (0, 1], got {similar:g}; the paper has 0.05 and 0.4')
        check(weight >= 0, f'expected `weight` of at least 0, got {weight:g}; 0 is no penalty')
        check(batch > 1, f'expected `batch` of at least 2, got {batch}; the authors have 64')
        self.reliable, self.similar, self.weight, self.batch = reliable, similar, weight, batch

    def start(self, network: nn.Module, source: Tensor | None = None, seed: int = 0) -> None:
        """Begin, and measure once what matters to the source.

        Raises:
            UserError: As of every method, or the source has a single image, which has no statistics.
        """
        super().start(network, source, seed)
        assert source is not None
        if len(source) < 2:
            raise UserError(
                f'{self.name} needs at least 2 unlabelled images of the source, got {len(source)}; name more, or '
                f'leave {self.name} out'
            )
        parts = min(max(round(len(source) / self.batch), 1), len(source) // 2)  # none of a single image
        with torch.enable_grad():
            self.importance = importance(self.network, self.adapted, torch.tensor_split(source, parts))

    def prepare(self) -> None:
        """Choose the norms, and remember where they began."""
        super().prepare()
        self.average: Tensor | None = None
        self.start_values = [each.detach().clone() for each in self.adapted]

    def loss(self, logits: Tensor) -> Tensor | None:
        """Return the weighted entropy and the penalty, or ``None`` where no sample is selected."""
        weights, kept = selected(logits, self.average, share=self.reliable, similar=self.similar)
        if not kept.any():
            return None
        self._remember(logits.detach()[kept].softmax(dim=1).mean(dim=0))
        return (weights * entropies(logits))[kept].mean() + self.weight * self.penalty()

    def _remember(self, prediction: Tensor) -> None:
        known = self.average
        self.average = prediction if known is None else 0.9 * known + 0.1 * prediction

    def penalty(self) -> Tensor:
        """Return how far the norms are from where they began, by what mattered to the source."""
        parts = zip(self.importance, self.adapted, self.start_values, strict=True)
        return torch.stack([(omega * (now - then).square()).sum() for omega, now, then in parts]).sum()
