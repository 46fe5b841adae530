"""The network that both domains share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast, get_args

import torch
from torch import Tensor, nn

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.views import View
from dann.networks.backbone import Backbone
from dann.networks.batch_norm import Domain, set_domain, split_batch_norm
from dann.networks.heads import Activation, Norm, mlp
from dann.networks.heads import bottleneck as make_bottleneck
from dann.networks.scaling import StandardisedBy, scaling


class Network(nn.Module):
    """Backbone, bottleneck and classification head, under one batch norm policy.

    Args:
        backbone: Images to features.
        bottleneck: Width of the linear layer after the backbone; ``None`` for none.
        head: Hidden layers of the classifier.
        num_classes: Outputs of the classifier.
        standardised_by: Whether features are brought to one scale before the bottleneck, see ``Scaling``.
        bottleneck_norm: Between the bottleneck's linear layer and its ReLU: ``none``, ``batch`` or ``layer``.
        bottleneck_activation: ``relu``, ``tanh``, or ``none``.
        bottleneck_dropout: Share of the bottleneck's outputs that is set to 0 in training.
        head_dropout: The same for every hidden layer of the classifier.
        batch_norm: How both domains pass through batch norm.

    Raises:
        ValueError: An option out of range, or one of the bottleneck where there is none.
    """

    def __init__(
        self,
        backbone: Backbone,
        bottleneck: int | None,
        head: Sequence[int],
        num_classes: int,
        *,
        standardised_by: StandardisedBy = 'none',
        bottleneck_norm: Norm | bool = 'none',
        bottleneck_activation: Activation = 'relu',
        bottleneck_dropout: float = 0.0,
        head_dropout: float = 0.0,
        batch_norm: BatchNormPolicy = 'joint',
    ) -> None:
        super().__init__()
        norm = norm_of(bottleneck_norm)
        _check_dropout(bottleneck_dropout, head_dropout)
        check(bottleneck is None or bottleneck > 0, f'expected `bottleneck` above 0, got {bottleneck}')
        check(min(head, default=1) > 0, f'expected `head` sizes above 0, got {tuple(head)}')
        activation_of(bottleneck_activation)
        plain = norm == 'none' and bottleneck_activation == 'relu' and not bottleneck_dropout
        check(
            bottleneck is not None or plain,
            'expected no option of a bottleneck without one, '
            f'got `bottleneck_norm` {norm}, `bottleneck_activation` {bottleneck_activation} and '
            f'`bottleneck_dropout` {bottleneck_dropout}; set the width of a `bottleneck`',
        )
        self.feature_dim = bottleneck or backbone.out_features
        self.batch_norm, self.bottleneck_norm = batch_norm, norm
        self.bottleneck_activation = bottleneck_activation
        self.backbone = backbone
        self.scaling = scaling(backbone.out_features, standardised_by)
        # an alignment that draws random numbers when it is constructed must not change the initial network
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(torch.initial_seed() + 1)
            self.bottleneck = make_bottleneck(
                backbone.out_features,
                bottleneck,
                norm=norm,
                activation=bottleneck_activation,
                dropout=bottleneck_dropout,
            )
            self.head = mlp((self.feature_dim, *head, num_classes), dropout=head_dropout)
        if batch_norm == 'domain_specific':
            split_batch_norm(self)

    def forward(self, images: Tensor, labels: Tensor | None = None, *, domain: Domain = 'source') -> View:
        """Return the view of images ``(B, C, H, W)`` in [0, 1]."""
        if self.batch_norm == 'domain_specific':
            set_domain(self, domain)
        return self.classify(self.bottleneck(self.scaling(self.backbone(images))), labels)

    def classify(self, features: Tensor, labels: Tensor | None = None) -> View:
        """Return the view of features ``(B, D)`` as the bottleneck returns them."""
        x, hidden = features, []
        for layer in self.head:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                hidden.append(x)
            elif isinstance(layer, nn.Dropout) and hidden:
                hidden[-1] = x  # as the next layer sees it, like the features
        return View(features, x, labels, tuple(hidden))

    def both(self, source: Tensor, labels: Tensor, target: Tensor) -> tuple[View, View]:
        """Return the views of both domains, passed through together or one after the other."""
        if self.batch_norm != 'joint':
            return self(source, labels), self(target, domain='target')
        pooled = self(torch.cat([source, target]))
        seen, unseen = pooled[: len(source)], pooled[len(source) :]
        return replace(seen, labels=labels), unseen


def norm_of(bottleneck_norm: Norm | bool) -> Norm:
    """Return the norm that an option names; ``true`` and ``false``, as it was once written, are batch norm and none.

    Raises:
        ValueError: It names none.
    """
    if isinstance(bottleneck_norm, bool):
        return 'batch' if bottleneck_norm else 'none'
    known = get_args(Norm)
    check(
        bottleneck_norm in known, f'expected `bottleneck_norm` to be one of {known}, got {bottleneck_norm!r}'
    )
    return bottleneck_norm


def activation_of(activation: str) -> Activation:
    """Return the activation that an option names.

    Raises:
        ValueError: It names none.
    """
    known = get_args(Activation)
    check(activation in known, f'expected `bottleneck_activation` to be one of {known}, got {activation!r}')
    return cast(Activation, activation)


def _check_dropout(bottleneck_dropout: float, head_dropout: float) -> None:
    check(0 <= bottleneck_dropout < 1, f'expected `bottleneck_dropout` in [0, 1), got {bottleneck_dropout}')
    check(0 <= head_dropout < 1, f'expected `head_dropout` in [0, 1), got {head_dropout}')
