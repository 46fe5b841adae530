"""Self-ensembling: a mean teacher on the target."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Categorical, Float, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.datasets.weak_and_strong import Weak
from dann.engine.module import AdaptationModule
from dann.networks.average import MovingAverage
from dann.networks.batch_norm import Domain
from dann.networks.network import Network


def consistency(student: Tensor, teacher: Tensor, threshold: float | None) -> Tensor:
    r"""Squared difference of two predictions, where the teacher is confident.

    .. math:: \ell = \frac{1}{B} \sum_n [\max_c t_{nc} > \tau] \, \frac{1}{C} \sum_c (s_{nc} - t_{nc})^2

    Args:
        student: Probabilities, shape ``(B, C)``.
        teacher: Probabilities, shape ``(B, C)``; no gradient reaches them.
        threshold: Confidence above which a sample counts, in [0, 1); ``None`` for every sample.

    Returns:
        A scalar in [0, 2 / C]: the mean is over all samples, confident or not.

    Reference:
        `Self-ensembling for visual domain adaptation <https://arxiv.org/abs/1706.05208>`_, sections 3.1-3.2; the mean
        over classes is that of the authors' code.
    """
    teacher = teacher.detach()
    gaps = (student - teacher).square().mean(dim=1)
    return gaps.mean() if threshold is None else (gaps * confident(teacher, threshold)).mean()


def confident(probabilities: Tensor, threshold: float | None) -> Tensor:
    """1 where the highest of the probabilities ``(B, C)`` is above the threshold, else 0, shape ``(B,)``."""
    top = probabilities.detach().amax(dim=1)
    return torch.ones_like(top) if threshold is None else (top > threshold).to(top.dtype)


def imbalance(probabilities: Tensor) -> Tensor:
    r"""Binary cross-entropy, summed over classes, of the mean prediction to the uniform one.

    .. math:: \ell = -\sum_c \Bigl[\tfrac{1}{C} \log \bar p_c + (1 - \tfrac{1}{C}) \log (1 - \bar p_c)\Bigr],
        \qquad \bar p = \tfrac{1}{B} \sum_n p_n

    Args:
        probabilities: Shape ``(B, C)``.

    Returns:
        A scalar, lowest where the mean is uniform; probabilities are kept ``1e-6`` away from 0 and 1.

    Reference:
        `Self-ensembling for visual domain adaptation <https://arxiv.org/abs/1706.05208>`_, section 3.4; the sum over
        classes is that of the authors' code.
    """
    mean, uniform = probabilities.mean(dim=0).clamp(1e-6, 1 - 1e-6), 1 / probabilities.shape[1]
    return -(uniform * mean.log() + (1 - uniform) * (1 - mean).log()).sum()


class MeanTeacher(AdaptationModule):
    """Self-ensembling: the network agrees with its own moving average on target images augmented in two ways.

    The average, the teacher, is what is evaluated. Target images pass through the network on their own, by
    their own batch statistics, as in the paper. Only weights are averaged: the teacher's running statistics are those
    of the target images that it has seen itself, as in the authors' code. The student's would hold the source's too.

    Args:
        weight: Factor on the consistency; 3 in the authors' code.
        schedule: How it grows with progress: constant, as the threshold replaces the ramp in the paper.
        threshold: Confidence of the teacher above which a sample counts, in [0, 1); ``null`` for all samples, which
            needs a ramp as schedule.
        balance: Factor, on top of ``weight``, on the drawing of the mean prediction to the uniform one, times the
            share of confident samples.
        decay: Of the moving average, in [0, 1).
        augment: Drawn anew for student and teacher; the paper's digits add noise and affine maps to the shifts.

    Fails when:
        The source model is confidently wrong on a class, which the threshold then lets through; when no sample
        passes the threshold, which leaves the source-only average; or when the augmentation changes what an image
        shows, as mirroring does to digits.

    Reference:
        `Self-ensembling for visual domain adaptation <https://arxiv.org/abs/1706.05208>`_
        (French et al., ICLR 2018), sections 3.1-3.4; after `Mean teachers are better role models
        <https://arxiv.org/abs/1703.01780>`_. The threshold's printed value is 0.968; the average starts faster than
        the paper's, which begins at ``decay``.
    """

    batch_norm_policy: ClassVar[BatchNormPolicy | None] = 'separate'
    family: ClassVar[str] = 'ensembling'
    needs_images: ClassVar[bool] = True
    images_only: ClassVar[bool] = True
    search: ClassVar[Search] = {
        'weight': Float(0.1, 30, log=True),
        'threshold': Categorical((0.8, 0.9, 0.968)),
        'balance': Float(0.0005, 0.05, log=True),
        'decay': Float(0.9, 0.999),
    }

    def __init__(
        self,
        *,
        weight: float = 3.0,
        schedule: Schedule = Constant(),
        threshold: float | None = 0.968,
        balance: float = 0.005,
        decay: float = 0.99,
        augment: Weak = Weak(),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        check(balance >= 0, f'expected `balance` of at least 0, got {balance}')
        check(
            threshold is None or 0 <= threshold < 1,
            f'expected `threshold` in [0, 1) or null, got {threshold}',
        )
        self.weight, self.schedule, self.balance = weight, schedule, balance
        self.threshold, self.augment = threshold, augment
        self.teacher = MovingAverage(self.network, decay, own_statistics=True)

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the terms ``consistency`` and ``balance``."""
        strength = self.weight * self.schedule(progress)
        student = self.network(self.augment(batch['target']), domain='target').probabilities
        with torch.no_grad():
            teacher = self.teacher.network(self.augment(batch['target']), domain='target').probabilities
        share = confident(teacher, self.threshold).mean()
        return {
            'consistency': strength * consistency(student, teacher, self.threshold),
            'balance': strength * self.balance * share * imbalance(student),
        }

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Move the teacher after the network."""
        # not at the end of the batch: callbacks save checkpoints before the module's hook of that name
        super().optimizer_step(*args, **kwargs)
        self.teacher.update(self.network)

    @property
    def deployed(self) -> Domain:
        """The target's batch norm, which target images trained."""
        return 'target'

    @property
    def evaluated(self) -> Network:
        """The teacher."""
        return self.teacher.network
