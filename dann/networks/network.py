"""The network that both domains share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from dann.core.views import View
from dann.networks.backbone import Backbone
from dann.networks.batch_norm import BatchNormPolicy, Domain, set_domain, split_batch_norm
from dann.networks.heads import bottleneck as make_bottleneck
from dann.networks.heads import mlp


class Network(nn.Module):
    """Backbone, bottleneck and classification head, under one batch norm policy.

    Args:
        backbone: Images to features.
        bottleneck: Width of the linear layer with ReLU after the backbone; ``None`` for none.
        bottleneck_norm: Put batch norm into the bottleneck.
        head: Hidden layers of the classifier.
        num_classes: Outputs of the classifier.
        batch_norm: How both domains pass through batch norm.
    """

    def __init__(
        self,
        backbone: Backbone,
        bottleneck: int | None,
        head: Sequence[int],
        num_classes: int,
        *,
        bottleneck_norm: bool = False,
        batch_norm: BatchNormPolicy = 'joint',
    ) -> None:
        super().__init__()
        self.feature_dim = bottleneck or backbone.out_features
        self.batch_norm = batch_norm
        self.backbone = backbone
        # an alignment that draws random numbers when it is constructed must not change the initial network
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(torch.initial_seed() + 1)
            self.bottleneck = make_bottleneck(backbone.out_features, bottleneck, batch_norm=bottleneck_norm)
            self.head = mlp((self.feature_dim, *head, num_classes))
        if batch_norm == 'domain_specific':
            split_batch_norm(self)

    def forward(self, images: Tensor, labels: Tensor | None = None, *, domain: Domain = 'source') -> View:
        """Return the view of images ``(B, C, H, W)`` in [0, 1]."""
        if self.batch_norm == 'domain_specific':
            set_domain(self, domain)
        return self.classify(self.bottleneck(self.backbone(images)), labels)

    def classify(self, features: Tensor, labels: Tensor | None = None) -> View:
        """Return the view of features ``(B, D)`` as the bottleneck returns them."""
        x, hidden = features, []
        for layer in self.head:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                hidden.append(x)
        return View(features, x, labels, tuple(hidden))

    def both(self, source: Tensor, labels: Tensor, target: Tensor) -> tuple[View, View]:
        """Return the views of both domains, passed through together or one after the other."""
        if self.batch_norm != 'joint':
            return self(source, labels), self(target, domain='target')
        pooled = self(torch.cat([source, target]))
        seen, unseen = pooled[: len(source)], pooled[len(source) :]
        return replace(seen, labels=labels), unseen
