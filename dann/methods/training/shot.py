"""SHOT: a frozen classifier's hypothesis, transferred without the source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.methods.alignment.infomax import negative_information
from dann.methods.training.pseudo_labels import pool_size, survey
from dann.methods.training.source_free import SourceFree, prepare_source


def centroid_labels(
    features: Tensor, probabilities: Tensor, rounds: int = 2, *, homogeneous: bool = False
) -> Tensor:
    r"""The class whose centroid is nearest by cosine, centroids weighted by predictions, then by these labels.

    .. math:: c_k = \frac{\sum_n w_{nk} f_n}{\sum_n w_{nk}}, \qquad \hat y_n = \arg\max_k \cos(f_n, c_k),
        \qquad w^{(0)}_{nk} = p_{nk}, \quad w^{(1)}_{nk} = [\hat y_n = k]

    A class that no sample is predicted as, or that is empty after a round, is not assigned.

    Args:
        features: Of the whole pool, shape ``(N, D)``.
        probabilities: Shape ``(N, C)``.
        rounds: How often labels are assigned, at least 1.
        homogeneous: Append a 1 to each feature and scale it to length 1 first, as the authors' code does.

    Returns:
        Shape ``(N,)``.

    Reference:
        `Do We Really Need to Access the Source Data? <https://arxiv.org/abs/2002.08546>`_, eqs. 4-6. That only
        predicted classes take part is from the authors' code.
    """
    if homogeneous:
        features = F.normalize(torch.cat([features, torch.ones_like(features[:, :1])], dim=1), dim=1)
    classes = probabilities.shape[1]
    candidates = F.one_hot(probabilities.argmax(dim=1), classes).amax(dim=0) > 0
    weights, labels = probabilities, probabilities.argmax(dim=1)
    for _ in range(rounds):
        candidates = candidates & (weights.sum(dim=0) > 0)
        # neither the centroid's nor the feature's length matters to an angle
        cosines = features @ F.normalize(weights.T @ features, dim=1).T
        labels = cosines.masked_fill(~candidates, float('-inf')).argmax(dim=1)
        weights = F.one_hot(labels, classes).to(features.dtype)
    return labels


class SHOT(SourceFree):
    """Source hypothesis transfer: features move to where the frozen classifier is certain, diverse and consistent.

    In the adaptation stage backbone and bottleneck learn from information maximisation and from pseudo-labels by
    centroids of the whole pool, which are found anew ``refreshes`` times.

    Args:
        source_share: As in every source-free method.
        init: As in every source-free method.
        pseudo_weight: Factor on the cross-entropy to pseudo-labels, at least 0; the paper's 0.3, or 0.1 for digits.
        refreshes: How often the pool is labelled in the adaptation stage, at equal distances, at least 1. The authors'
            code does so once an epoch: 15 times, or 30 times for digits.
        label_smoothing: Of the source stage, in [0, 1); it takes the place of the task's.
        weight_norm: Whether the classifier's weights are a length times a direction for each class.
        homogeneous: Take the authors' code's cosine instead of the paper's.

    Fails when:
        The source model is near chance on the target, as centroids and certainty then agree on the wrong classes; or
        when the target's classes are far from balanced, as the mean prediction is drawn to the uniform one.

    Reference:
        `Do We Really Need to Access the Source Data? Source Hypothesis Transfer for Unsupervised Domain Adaptation
        <https://arxiv.org/abs/2002.08546>`_ (Liang et al., ICML 2020), eqs. 2-7. Bottleneck, optimiser and schedule are
        the run's. Those of the authors' code are, for pretrained backbones, ``bottleneck: 256``,
        ``bottleneck_norm: batch``, ``backbone_lr_scale: 0.1``, ``lr_schedule: InverseDecay`` and SGD with learning rate
        0.01, Nesterov momentum 0.9 and weight decay 0.001; for digits the same without ``backbone_lr_scale``, with
        ``pseudo_weight: 0.1`` and ``refreshes: 30``; no ReLU stands behind their bottleneck (``bottleneck_activation:
        none``). The last step of the source stage counts. So it does in the authors' code: the state that it keeps as
        the best on held-out source images shares memory with the network, which trains on.
    """

    search: ClassVar[Search] = {
        **SourceFree.search,
        'pseudo_weight': Float(0.03, 1, log=True),
        'refreshes': Int(1, 30),
        'label_smoothing': Float(0.0, 0.3),
    }
    labels: Tensor

    def __init__(
        self,
        *,
        source_share: float = 0.5,
        init: str | None = None,
        pseudo_weight: float = 0.3,
        refreshes: int = 15,
        label_smoothing: float = 0.1,
        weight_norm: bool = True,
        homogeneous: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(source_share=source_share, init=init, **kwargs)
        check(pseudo_weight >= 0, f'expected `pseudo_weight` of at least 0, got {pseudo_weight}')
        check(refreshes > 0, f'expected `refreshes` of at least 1, got {refreshes}')
        prepare_source(self, label_smoothing, weight_norm=weight_norm)
        self.pseudo_weight, self.refreshes, self.homogeneous = pseudo_weight, refreshes, homogeneous
        self.register_buffer('labels', torch.zeros(0, dtype=torch.long))

    def setup(self, stage: str) -> None:
        """Make room for a label a target image."""
        super().setup(stage)
        if len(self.labels) != pool_size(self):
            self.labels = self.labels.new_zeros(pool_size(self))

    def frozen(self) -> Iterable[nn.Parameter]:
        """Return the classifier: the hypothesis that is transferred."""
        return self.network.head.parameters()

    def survey(self) -> None:
        """Label the pool."""
        seen = survey(self)
        self.labels = centroid_labels(seen.features, seen.probabilities, homogeneous=self.homogeneous)

    def adapt(self, batch: Batch, target: View) -> Losses:
        """Return the terms ``infomax`` and ``pseudo``."""
        pseudo = F.cross_entropy(target.logits, self.labels[batch['target_index']])
        return {'infomax': negative_information(target.logits), 'pseudo': self.pseudo_weight * pseudo}
