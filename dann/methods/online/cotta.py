"""CoTTA: a slow teacher that averages over views, and weights that return at random."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Adam

from dann.core.errors import check
from dann.core.online_method import OnlineMethod
from dann.methods.online.norm_adapting import check_rate
from dann.methods.online.varied import varied
from dann.networks.norms import found_norms, normalise_by_batch


def consistency(student: Tensor, teacher: Tensor) -> Tensor:
    r"""Mean cross-entropy of the student's predictions to the teacher's, :math:`-\sum_c q_c \log p_c`.

    Args:
        student: Logits of :math:`p`, shape ``(B, C)``.
        teacher: Logits of :math:`q`, shape ``(B, C)``; no gradient flows into them.

    Returns:
        A scalar of at least 0.
    """
    return -(teacher.detach().softmax(dim=1) * student.log_softmax(dim=1)).sum(dim=1).mean()


@torch.no_grad()
def follow(teacher: nn.Module, student: nn.Module, decay: float) -> None:
    r"""Move the teacher's weights: :math:`\theta' \leftarrow \alpha \theta' + (1 - \alpha) \theta`."""
    for slow, fast in zip(teacher.parameters(), student.parameters(), strict=True):
        slow.lerp_(fast, 1 - decay)


@torch.no_grad()
def restore(
    parameters: Sequence[nn.Parameter], first: Sequence[Tensor], share: float, generator: torch.Generator
) -> None:
    r"""Set a random share of all weights back: :math:`W \leftarrow M W_0 + (1 - M) W`, :math:`M` Bernoulli.

    Args:
        parameters: :math:`W`.
        first: :math:`W_0`, one of the shape of each.
        share: Probability that an element of :math:`M` is 1.
        generator: Of the CPU.
    """
    for parameter, value in zip(parameters, first, strict=True):
        mask = torch.rand(parameter.shape, generator=generator) < share
        parameter.copy_(torch.where(mask.to(parameter.device), value, parameter))


class CoTTA(OnlineMethod):
    r"""A student learns the predictions of a teacher, whose weights are its moving average; the teacher predicts.

    .. math:: \min_\theta -\frac1B \sum_n \sum_c q_{nc} \log p_{nc}, \qquad
        \theta' \leftarrow \alpha \theta' + (1 - \alpha) \theta, \qquad W \leftarrow M W_0 + (1 - M) W

    Where the deployed network is on average less confident than ``confidence``, the teacher's prediction is the mean
    over many views of each image. All weights are trained, and a random share of them is set back after each step.
    Batch norm takes the statistics of each batch.

    Args:
        lr: Learning rate of Adam.
        decay: :math:`\alpha`, in [0, 1).
        restore: Share of the weights that is set back after a step, in [0, 1].
        confidence: Mean confidence below which views are averaged, in [0, 1]; 0 for never.
        views: How many views.
        flip: Whether views may be mirrored; not for digits or letters.

    Fails when:
        Time is short: a step with views costs their number of passes. On a short stream the teacher, a moving average
        over a thousand steps, hardly leaves the statistics of the batch.

    Reference:
        `Continual Test-Time Domain Adaptation <https://arxiv.org/abs/2203.13591>`_ (Wang et al., CVPR 2022), sections
        3.2 and 3.3; the numbers are those of the authors' code for CIFAR-10-C, which like this averages logits over
        views. What a view is, see ``varied``.
    """

    name: ClassVar[str] = 'cotta'
    images_only: ClassVar[bool] = True
    dear: ClassVar[bool] = True

    def __init__(
        self,
        lr: float = 1e-3,
        decay: float = 0.999,
        restore: float = 0.01,
        confidence: float = 0.92,
        views: int = 32,
        *,
        flip: bool = True,
    ) -> None:
        check_rate(lr)
        check(0 <= decay < 1, f'expected `decay` in [0, 1), got {decay:g}; the paper has 0.999')
        check(0 <= restore <= 1, f'expected `restore` in [0, 1], got {restore:g}; the paper has 0.01')
        check(0 <= confidence <= 1, f'expected `confidence` in [0, 1], got {confidence:g}; 0 is never')
        check(views >= 1, f'expected `views` of at least 1, got {views}; the paper has 32')
        self.lr, self.decay, self.restore = lr, decay, restore
        self.confidence, self.views, self.flip = confidence, views, flip

    def prepare(self) -> None:
        """Make teacher and anchor, and begin a new optimiser for all weights of the student."""
        normalise_by_batch(found_norms(self.network, self.name))
        self.teacher, self.anchor = deepcopy(self.network), deepcopy(self.network)
        self.adapt(self.network.parameters())
        self.optimizer = Adam(self.adapted, lr=self.lr)

    @torch.enable_grad()
    def step(self, images: Tensor) -> Tensor:
        """Predict the batch by the teacher, teach the student, and let the teacher follow."""
        predicted = self.taught(images)
        self.optimizer.zero_grad()
        consistency(self.network(images), predicted).backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        follow(self.teacher, self.network, self.decay)
        restore(self.adapted, list(self.anchor.parameters()), self.restore, self.generator)
        return predicted

    @torch.no_grad()
    def taught(self, images: Tensor) -> Tensor:
        """Return the teacher's logits: of the images where the anchor is confident, else the mean over views."""
        confidence = self.anchor(images).softmax(dim=1).amax(dim=1).mean()
        if confidence >= self.confidence:
            logits: Tensor = self.teacher(images)
            return logits
        views = (varied(images, self.generator, flip=self.flip) for _ in range(self.views))
        return torch.stack([self.teacher(view) for view in views]).mean(dim=0)
