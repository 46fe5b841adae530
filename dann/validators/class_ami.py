"""Agreement of predicted classes and clusters."""

from __future__ import annotations

import math

from torch import Tensor

from dann.core.validator import Validator
from dann.core.views import View
from dann.validators.clusters import clusters
from dann.validators.sampling import sample

MOST = 10_000


def class_ami(features: Tensor, predictions: Tensor, classes: int) -> float:
    """Adjusted mutual information of predicted classes and k-means clusters of the features.

    Args:
        features: Shape ``(N, D)``.
        predictions: Predicted classes, shape ``(N,)``.
        classes: Their number, C, and that of the clusters, which start from the means of the predicted classes.

    Returns:
        At most 1; about 0 for independent partitions. NaN where every sample is predicted to be of another class,
        a feature is not finite, or both partitions have one part only.
    """
    found = clusters(features, predictions, classes)
    if found is None or (len(set(found)) < 2 and predictions.min() == predictions.max()):
        return math.nan
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(predictions.numpy(), found))


class ClassAMI(Validator):
    """Adjusted mutual information of predicted target classes and k-means clusters of target features, at most 1.

    High when the classifier's classes are the clusters that the features form. A model that predicts one class
    only scores 0. Of a split with more than 10,000 samples, a seeded sample of so many is scored.

    Reference:
        `Three New Validators and a Large-Scale Benchmark Ranking for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/2208.07360>`_. The clusters start from the means of the predicted classes, zero
        for one that is never predicted, as an option of the authors' code has it; features are neither reduced
        nor normalised, and Lloyd's algorithm stops after 100 iterations.
    """

    name = 'class_ami'

    def score(self, source: View, target: View) -> float:
        """Return the adjusted mutual information."""
        view = sample(target, MOST)
        return class_ami(view.features, view.predictions, view.logits.shape[1])
