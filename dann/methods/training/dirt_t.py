"""Decision-boundary iterative refinement training with a teacher."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, merge
from dann.datasets.loading import Batch
from dann.engine.stages import begins_round
from dann.methods.training.vada import VADA


def staying_close(teacher: Tensor, student: Tensor) -> Tensor:
    r"""Mean Kullback-Leibler divergence of the student's predictions from the teacher's.

    .. math:: \ell = \frac1B \sum_n \mathrm{KL}\bigl(p^{\text{teacher}}_n \,\|\, p^{\text{student}}_n\bigr)

    Args:
        teacher: Logits, shape ``(B, C)``; no gradient flows into them.
        student: Logits, shape ``(B, C)``.

    Returns:
        A scalar of at least 0.

    Raises:
        ValueError: Shapes that do not fit.

    Reference:
        `A DIRT-T Approach to Unsupervised Domain Adaptation <https://arxiv.org/abs/1802.08735>`_, section 5. The
        authors' code has the cross-entropy, which differs by a number that does not depend on the student.
    """
    check(
        teacher.ndim == 2 and teacher.shape == student.shape,
        f'expected two logits of one shape (B, C), got {tuple(teacher.shape)} and {tuple(student.shape)}; '
        'pass the same batch through both networks',
    )
    log_p, log_q = teacher.detach().log_softmax(dim=1), student.log_softmax(dim=1)
    return F.kl_div(log_q, log_p, reduction='batchmean', log_target=True)


class DIRTT(VADA):
    """DIRT-T: VADA first; then, without source images, boundaries are refined in small steps.

    In the second stage the network keeps close to a teacher, which is replaced by the moving average of the
    weights at the beginning of each of ``rounds`` equal parts, while virtual adversarial training and
    conditional entropy on the target go on.

    Args:
        source_share: Of the run that VADA gets, between 0 and 1.
        teacher_weight: Weight of keeping close to the teacher, at least 0.
        rounds: Teachers in the second stage, at least 1.

    Fails when:
        VADA ends below chance on a class: every round makes its errors more certain, and no source image
        corrects them. It then does worse than VADA.

    Reference:
        `A DIRT-T Approach to Unsupervised Domain Adaptation <https://arxiv.org/abs/1802.08735>`_
        (Shu et al., ICLR 2018), section 5. The paper gives each stage a run of 80000 steps and a new teacher
        every 5000, hence 16 rounds; here both stages share one run, in which each has a fresh optimiser and the whole
        learning rate schedule.
    """

    search: ClassVar[Search] = {
        **VADA.search,
        'source_share': Float(0.25, 0.75),
        'teacher_weight': Float(1e-3, 1, log=True),
        'rounds': Int(1, 16),
    }

    def __init__(
        self, *, source_share: float = 0.5, teacher_weight: float = 0.01, rounds: int = 16, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check(0 < source_share < 1, f'expected `source_share` between 0 and 1, got {source_share}')
        check(teacher_weight >= 0, f'expected `teacher_weight` of at least 0, got {teacher_weight}')
        check(rounds > 0, f'expected `rounds` of at least 1, got {rounds}')
        self.source_share, self.teacher_weight, self.rounds = source_share, teacher_weight, rounds
        self.teacher = deepcopy(self.network).requires_grad_(False)

    def prepare_step(self, batch: Any) -> None:
        """Replace the teacher where a round begins."""
        if 'source' in batch:
            return
        begins = self.stage_begins(self._planned)
        if begins_round(self.taken - begins, self._planned - begins, self.rounds):
            self.teacher.load_state_dict(self.average.network.state_dict())

    def losses(self, batch: Batch, progress: float) -> Losses:
        """Return VADA's terms, or those of the second stage."""
        if 'source' in batch:
            return super().losses(batch, progress)
        images = batch['target']
        view = self.network(images, domain='target')
        with torch.no_grad():
            taught = self.teacher.eval()(images, domain='target').logits
        losses = {'teacher': self.teacher_weight * staying_close(taught, view.logits)}
        merge(losses, self.target_terms(images, view))
        if 'shots' in batch:
            shots, labels = batch['shots']
            merge(losses, {'shots': self.task.loss(self.network(shots, labels, domain='target'))})
        return losses
