"""SAR: sharpness-aware entropy minimisation on reliable samples, with recovery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

import torch
from torch import Tensor, nn

from dann.core.errors import check
from dann.functional.entropies import entropies
from dann.methods.online.norm_adapting import NormAdapting
from dann.methods.online.reliable import check_share, reliable
from dann.networks.norms import ALL, Kinds


def climb(gradients: Sequence[Tensor], rho: float) -> list[Tensor]:
    r"""The step to where a loss is highest within a ball, to first order: :math:`\rho \, g / \lVert g \rVert_2`.

    Args:
        gradients: Of each parameter; the norm is over all of them together.
        rho: Radius of the ball.

    Returns:
        One of the shape of each gradient; zeros where there is no gradient.

    Reference:
        `Towards Stable Test-Time Adaptation in Dynamic Wild World <https://arxiv.org/abs/2302.12400>`_ (Niu et al.,
        ICLR 2023), eq. 4.
    """
    norm = torch.stack([each.norm() for each in gradients]).norm()
    return [rho * each / (norm + 1e-12) for each in gradients]


@contextmanager
def moved(parameters: Sequence[nn.Parameter], steps: Sequence[Tensor]) -> Iterator[None]:
    """Move parameters by ``steps``, and back to the last bit."""
    before = [each.detach().clone() for each in parameters]
    with torch.no_grad():
        for parameter, step in zip(parameters, steps, strict=True):
            parameter.add_(step)
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, value in zip(parameters, before, strict=True):
                parameter.copy_(value)


class SAR(NormAdapting):
    r"""Entropy of reliable samples, made small where the surface is flat; recovers when predictions collapse.

    .. math:: \min_{\gamma, \beta} \; \max_{\lVert \epsilon \rVert_2 \le \rho} \;
        \frac{1}{|K|} \sum_{n \in K} H(p_n; \theta + \epsilon), \qquad K = \{ n : H(p_n) < E_0 \}

    Samples must be reliable before the climb and after it. When the moving average of their entropy falls below
    ``recover``, the network is the deployed one again. Layer and group norms are adapted like batch norms.

    Args:
        lr: Learning rate of SGD with momentum 0.9.
        reliable: Share of the highest entropy below which a sample is reliable, in (0, 1].
        rho: Radius of the climb, at least 0.
        recover: Average entropy in nats below which the network recovers; 0 for never.
        kept: Share of the norm layers, counted from the output and rounded down, that stay as they are, in [0, 1).

    Fails when:
        Predictions are certain from the start, as those of a small network on an easy domain are: their entropy is
        below ``recover`` without any collapse, and each batch begins anew.

    Reference:
        `Towards Stable Test-Time Adaptation in Dynamic Wild World <https://arxiv.org/abs/2302.12400>`_ (Niu et al.,
        ICLR 2023), eqs. 2-4 and the recovery of section 3.2; rate, radius and bounds are those of the authors' code.
        There the last stage of a ResNet and the last blocks of a ViT stay as they are; ``kept`` is that for any
        network. Two departures: a batch without a reliable sample changes nothing, where in the authors' code momentum
        goes on, and the average begins anew after a recovery, where it is overwritten there.
    """

    name: ClassVar[str] = 'sar'
    kinds: ClassVar[Kinds] = ALL

    def __init__(
        self,
        lr: float = 2.5e-4,
        reliable: float = 0.4,
        rho: float = 0.05,
        recover: float = 0.2,
        kept: float = 0.25,
    ) -> None:
        super().__init__(lr)
        check_share(reliable)
        check(rho >= 0, f'expected `rho` of at least 0, got {rho:g}; the paper has 0.05')
        check(recover >= 0, f'expected `recover` of at least 0, got {recover:g}; 0 is never')
        check(0 <= kept < 1, f'expected `kept` in [0, 1), got {kept:g}; 0 adapts all norms')
        self.reliable, self.rho, self.recover, self.kept = reliable, rho, recover, kept

    def prepare(self) -> None:
        """Choose the norms, and begin a new average."""
        super().prepare()
        self.average: float | None = None

    def chosen(self, norms: list[nn.Module]) -> list[nn.Module]:
        """Return all norm layers but the last ones."""
        return norms[: len(norms) - int(self.kept * len(norms))]

    @torch.enable_grad()
    def step(self, images: Tensor) -> Tensor:
        """Predict the batch, climb, and descend by the gradient found there."""
        logits: Tensor = self.network(images)
        entropy = entropies(logits)
        kept = reliable(entropy, logits.shape[1], self.reliable)
        if kept.any():
            gradients = torch.autograd.grad(entropy[kept].mean(), self.adapted)
            if (found := self._above(images, kept, climb(gradients, self.rho))) is not None:
                self._descend(*found)
        return logits.detach()

    def _above(
        self, images: Tensor, kept: Tensor, steps: Sequence[Tensor]
    ) -> tuple[float, Sequence[Tensor]] | None:
        """Return loss and gradients after the climb; ``None`` where no sample is reliable there."""
        with moved(self.adapted, steps):
            logits = self.network(images)
            entropy = entropies(logits)[kept]
            still = reliable(entropy, logits.shape[1], self.reliable)
            if not still.any():
                return None
            loss = entropy[still].mean()
            return loss.item(), torch.autograd.grad(loss, self.adapted)

    def _descend(self, loss: float, gradients: Sequence[Tensor]) -> None:
        for parameter, gradient in zip(self.adapted, gradients, strict=True):
            parameter.grad = gradient
        self.optimizer.step()
        self.average = loss if self.average is None else 0.9 * self.average + 0.1 * loss
        if self.average < self.recover:
            self.reset()
