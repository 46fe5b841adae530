"""Accuracy on the nearest source sample."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.functional.distances import blocks
from dann.functional.neighbours import neighbour_mean
from dann.validators.sampling import sample

Layer = Literal['probabilities', 'features']


def nearest_source(source: Tensor, correct: Tensor, target: Tensor) -> float:
    """Mean over targets of ``correct`` at the source sample of the highest cosine; equal ones are averaged.

    Args:
        source: Shape ``(Ns, D)``.
        correct: Whether each source sample is classified correctly, shape ``(Ns,)``.
        target: Shape ``(Nt, D)``.
    """
    left, right = F.normalize(source.double(), dim=1), F.normalize(target.double(), dim=1)
    total = sum(
        float(neighbour_mean(1 - right[rows] @ left.T, correct, 1).sum()) for rows in blocks(len(right))
    )
    return total / len(right)


class NearestSource(Validator):
    r"""Share of target samples whose nearest source sample is classified correctly, in [0, 1].

    .. math:: \frac1{N_t} \sum_i \mathbb{1}[\hat y_{s(i)} = y_{s(i)}], \qquad s(i) = \arg\max_j \cos(p_i, p_j)

    Source accuracy, weighted by how many targets each source sample stands for: an unbalanced importance weight.

    Args:
        layer: What is compared: softmax outputs or bottleneck features.
        most: Larger splits are sampled down to this many, seeded; each domain for itself.

    Reference:
        `PyTorch Adapt <https://arxiv.org/abs/2211.15673>`_, ``NearestSourceValidator`` with its defaults: cosine
        of softmax outputs, unweighted, without a threshold. There the queries are the target's training split and
        the first of equal neighbours counts; here they are the validation split's, and equal ones are averaged.
    """

    name = 'nearest_source'
    cost = 'dear'

    def __init__(self, layer: Layer = 'probabilities', most: int = 5_000) -> None:
        check(layer in get_args(Layer), f'expected `layer` to be one of {get_args(Layer)}, got {layer!r}')
        check(most > 0, f'expected `most` above 0, got {most}')
        self.layer: Layer = layer
        self.most = most

    def score(self, source: View, target: View) -> float:
        """Return the share; NaN where a feature is not finite."""
        assert source.labels is not None
        source, target = sample(source, self.most), sample(target, self.most)
        assert source.labels is not None
        left, right = (getattr(view, self.layer) for view in (source, target))
        if not (torch.isfinite(left).all() and torch.isfinite(right).all()):
            return math.nan
        return nearest_source(left, source.predictions == source.labels, right)
