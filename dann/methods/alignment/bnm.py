"""Batch nuclear norm maximisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_args

from dann.core.alignment import Alignment
from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Categorical, Search
from dann.core.views import Losses, View
from dann.functional.entropies import check_logits
from dann.functional.nuclear_norm import fast_nuclear_norm, nuclear_norm

__all__ = ['BNM', 'fast_nuclear_norm', 'nuclear_norm']
Divisor = Literal['samples', 'rank']


class BNM(Alignment):
    r"""Batch nuclear norm maximisation: makes target predictions certain and keeps them diverse.

    .. math:: \ell = -\lVert P \rVert_* / B, \qquad P = \mathrm{softmax}(Z)

    Args:
        weight: Factor on the loss.
        schedule: How the strength grows with progress; constant in the paper.
        divide_by: ``samples`` divides the norm by ``B``, as the paper does; ``rank`` by ``min(B, C)``, as the
            authors' code does, which takes the mean of the singular values.
        fast: Sum norms of columns instead of singular values (FBNM).

    Fails when:
        The target's classes are far from balanced, as the norm is highest for equal class sizes; or when the
        batch is smaller than the number of classes.

    Reference:
        `Towards Discriminability and Diversity: Batch Nuclear-norm Maximization under Label Insufficient
        Situations <https://arxiv.org/abs/2003.12237>`_ (Cui et al., CVPR 2020), section 3.
    """

    family: ClassVar[str] = 'output'
    batch_norm_policy: BatchNormPolicy = 'separate'
    search: ClassVar[Search] = {**Alignment.search, 'divide_by': Categorical(get_args(Divisor))}
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        'fbnm': {'alignment': {'class_path': 'BNM', 'init_args': {'fast': True}}}
    }

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Constant(),
        divide_by: Divisor = 'samples',
        *,
        fast: bool = False,
    ) -> None:
        super().__init__(weight, schedule)
        known = get_args(Divisor)
        check(divide_by in known, f'expected `divide_by` to be one of {known}, got {divide_by!r}')
        self.divide_by: Divisor = divide_by
        self.fast = fast

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``bnm``, at most 0."""
        check_logits(target.logits)
        p = target.probabilities
        norm = fast_nuclear_norm(p) if self.fast else nuclear_norm(p)
        return {'bnm': -strength * norm / (len(p) if self.divide_by == 'samples' else min(p.shape))}
