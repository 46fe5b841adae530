"""Virtual adversarial training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.batch_norm import BatchNormPolicy
from dann.core.errors import check
from dann.core.search_space import Float, Int, Search
from dann.core.views import Losses, View
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.networks.batch_norm import Domain, frozen_statistics
from dann.networks.network import Network


def virtual_adversarial(
    predict: Callable[[Tensor], Tensor],
    images: Tensor,
    logits: Tensor,
    *,
    radius: float,
    xi: float = 0.01,
    iterations: int = 1,
) -> Tensor:
    r"""How far predictions change when images change in the direction of highest sensitivity.

    .. math::
        \ell = \frac1B \sum_n \mathrm{KL}\bigl(p(x_n) \,\|\, p(x_n + \epsilon\, d_n)\bigr), \qquad
        d_n \leftarrow \frac{g}{\lVert g \rVert_2}, \quad
        g = \nabla_d \, \mathrm{KL}\bigl(p(x_n) \,\|\, p(x_n + \xi\, d)\bigr)

    ``d`` starts as a random direction and is updated ``iterations`` times. No gradient flows through the first
    argument of the divergence nor through ``d``. Runs without autocast: a probe of length ``xi`` is below the
    resolution of 16 bits.

    Args:
        predict: Images to logits.
        images: Shape ``(B, C, H, W)``.
        logits: Output of ``predict`` for ``images``, shape ``(B, K)``.
        radius: The paper's epsilon, the length of the perturbation of one image, above 0.
        xi: Length of the probe, above 0.
        iterations: Power iterations, at least 1.

    Returns:
        A scalar of at least 0; 0 where predictions do not depend on the images.

    Raises:
        ValueError: Logits of another number of samples.

    Reference:
        `Virtual Adversarial Training <https://arxiv.org/abs/1704.03976>`_, section 3 and algorithm 1.
    """
    check(
        logits.ndim == 2 and len(logits) == len(images),
        f'expected logits of shape ({len(images)}, K), got {tuple(logits.shape)}; pass those of `images`',
    )
    log_p = logits.detach().log_softmax(dim=1)
    with torch.autocast(images.device.type, enabled=False):
        direction = unit(torch.randn_like(images))
        for _ in range(iterations):
            direction.requires_grad_()
            gap = divergence(log_p, predict(images + xi * direction))
            direction = unit(torch.autograd.grad(gap, direction)[0])
        return divergence(log_p, predict(images + radius * direction))


def divergence(log_p: Tensor, logits: Tensor) -> Tensor:
    """Mean Kullback-Leibler divergence of the softmax of ``logits`` from ``log_p``, both ``(B, K)``."""
    log_q = logits.log_softmax(dim=1)
    return F.kl_div(log_q, log_p.to(log_q.dtype), reduction='batchmean', log_target=True)


def unit(x: Tensor) -> Tensor:
    """Each sample divided by its Euclidean length; one of zeros stays so."""
    length: Tensor = torch.linalg.vector_norm(x.flatten(1), dim=1).clamp(min=torch.finfo(x.dtype).tiny)
    return x / length.view(-1, *[1] * (x.ndim - 1))


def smoothness(
    network: Network, images: Tensor, *, domain: Domain, radius: float, xi: float, iterations: int = 1
) -> Tensor:
    """Return ``virtual_adversarial`` of a network on images of one domain, which pass alone through batch norm.

    Batch norm's running statistics stay as they are.
    """

    def predict(x: Tensor) -> Tensor:
        view: View = network(x, domain=domain)
        return view.logits

    with frozen_statistics(network), torch.autocast(images.device.type, enabled=False):
        with torch.no_grad():
            logits = predict(images)
        return virtual_adversarial(predict, images, logits, radius=radius, xi=xi, iterations=iterations)


class VAT(AdaptationModule):
    """Virtual adversarial training: predictions must not change within a ball around each image.

    Args:
        weight: Factor on the loss on target images, at least 0: 0.01 as in VADA, 1 in the paper, where labelled and
            unlabelled images are of one domain.
        source_weight: Factor on the same loss on source images, at least 0; 0 for none.
        radius: Length of the perturbation of an image whose values are in [0, 1], above 0.
        xi: Length of the probe that finds the direction, above 0.
        iterations: Power iterations, at least 1.

    Fails when:
        The weight is high against the task loss: a constant prediction on the target is perfectly smooth, and
        without labels there nothing speaks against it. Or the radius is larger than the distance between images
        of different classes.

    Reference:
        `Virtual Adversarial Training <https://arxiv.org/abs/1704.03976>`_ (Miyato et al., TPAMI 2018), section 3
        and algorithm 1. The paper adjusts the radius to each data set; 1.75 is what
        `VADA <https://arxiv.org/abs/1802.08735>`_ (Shu et al., ICLR 2018), whose code the weight is from, has for
        images of 32 by 32 pixels, 3.5 in its scale from -1 to 1. The authors' ``xi`` of 1e-6 moves no pixel by more
        than float32 rounds, so that the direction would be noise; 0.01 is the default here.
    """

    family = 'output'
    batch_norm_policy: ClassVar[BatchNormPolicy | None] = 'separate'
    needs_images: ClassVar[bool] = True
    search: ClassVar[Search] = {
        'weight': Float(0.001, 10, log=True),
        'source_weight': Float(0.0, 1.0),
        'radius': Float(0.1, 5, log=True),
        'xi': Float(1e-4, 1, log=True),
        'iterations': Int(1, 2),
    }
    sees_target = True

    def __init__(
        self,
        *,
        weight: float = 0.01,
        source_weight: float = 0.0,
        radius: float = 1.75,
        xi: float = 0.01,
        iterations: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(weight >= 0, f'expected `weight` of at least 0, got {weight}')
        check(source_weight >= 0, f'expected `source_weight` of at least 0, got {source_weight}')
        check(radius > 0, f'expected `radius` above 0, got {radius}')
        check(xi > 0, f'expected `xi` above 0, got {xi}')
        check(iterations > 0, f'expected `iterations` of at least 1, got {iterations}')
        self.weight, self.source_weight = weight, source_weight
        self.radius, self.xi, self.iterations = radius, xi, iterations

    def terms(self, batch: Batch, source: View, target: View | None, progress: float) -> Losses:
        """Return the term ``vat``, and ``vat_source`` where asked for."""
        losses = {'vat': self.weight * self._smoothness(batch['target'], 'target')}
        if self.source_weight:
            images, _ = batch['source']
            losses['vat_source'] = self.source_weight * self._smoothness(images, 'source')
        return losses

    def _smoothness(self, images: Tensor, domain: Domain) -> Tensor:
        return smoothness(
            self.network, images, domain=domain, radius=self.radius, xi=self.xi, iterations=self.iterations
        )
