"""Reverse validation."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dann.core.errors import check
from dann.core.validator import Validator
from dann.core.views import View
from dann.validators.sampling import sample


def array(features: Tensor) -> NDArray[np.float64]:
    """Features in float64, outside the graph."""
    values: NDArray[np.float64] = features.detach().cpu().double().numpy()
    return values


def reverse_accuracy(
    target: NDArray[np.float64],
    predictions: NDArray[np.int64],
    source: NDArray[np.float64],
    labels: NDArray[np.int64],
    penalty: float,
) -> float:
    """Accuracy on the source of a ridge classifier that learned the target's predicted classes.

    Args:
        target: Features, shape ``(Nt, D)``.
        predictions: The classes to learn, shape ``(Nt,)``; where they are all one, that one is the answer.
        source: Features, shape ``(Ns, D)``.
        labels: Their classes, shape ``(Ns,)``.
        penalty: L2 penalty per target sample, on features of unit variance; above 0.
    """
    from sklearn.linear_model import RidgeClassifier
    from sklearn.preprocessing import StandardScaler

    if len(np.unique(predictions)) < 2:
        return float(np.mean(labels == predictions[0]))
    scaler = StandardScaler().fit(target)
    reverse = RidgeClassifier(alpha=penalty * len(target), solver='cholesky')
    reverse.fit(scaler.transform(target), predictions)
    return float(np.mean(reverse.predict(scaler.transform(source)) == labels))


class ReverseValidation(Validator):
    r"""Source accuracy of a classifier that is fitted on target features with predicted classes, in [0, 1].

    .. math:: \frac1{N_s} \sum_i \mathbb{1}[\eta_r(f(x_i)) = y_i], \qquad \eta_r = \mathrm{fit}\{(f(x_j), \hat y_j)\}

    If the way there was right, the way back is right as well; the converse does not hold.

    Args:
        penalty: L2 penalty of the reverse classifier, per sample, on features of unit variance; above 0.
        most: Larger splits are sampled down to this many, seeded; each domain for itself.

    Reference:
        `Cross Validation Framework to Choose amongst Models and Datasets for Transfer Learning
        <https://doi.org/10.1007/978-3-642-15939-8_35>`_; `Domain-Adversarial Training of Neural Networks
        <https://arxiv.org/abs/1505.07818>`_, sec. 5.1. Both retrain the whole network on target images with
        predicted labels, adapting back to the source; here a ridge classifier alone is fitted on the features as
        they are, so features that hide a class cannot be mended on the way back.
    """

    name = 'reverse_validation'

    def __init__(self, penalty: float = 0.01, most: int = 5_000) -> None:
        check(penalty > 0, f'expected `penalty` above 0, got {penalty}')
        check(most > 0, f'expected `most` above 0, got {most}')
        self.penalty = penalty
        self.most = most

    def score(self, source: View, target: View) -> float:
        """Return the accuracy; NaN where a feature is not finite."""
        source, target = sample(source, self.most), sample(target, self.most)
        assert source.labels is not None
        if not (torch.isfinite(source.features).all() and torch.isfinite(target.features).all()):
            return math.nan
        return reverse_accuracy(
            array(target.features),
            target.predictions.cpu().numpy(),
            array(source.features),
            source.labels.cpu().numpy(),
            self.penalty,
        )
