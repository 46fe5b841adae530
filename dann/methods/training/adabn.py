"""Adaptive batch normalisation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from dann.engine.module import AdaptationModule
from dann.networks.batch_norm import Domain, DomainSpecificBatchNorm
from dann.networks.norms import found_norms, normalise_by_batch

Moments = tuple[int, Tensor, Tensor]


def moments(x: Tensor) -> Moments:
    """Count, mean and biased variance of each channel.

    Args:
        x: Shape ``(B, C)`` or ``(B, C, ...)``.

    Returns:
        ``B`` times the positions, and two of shape ``(C,)``, in float32 or better.
    """
    channels = x.transpose(0, 1).flatten(1)
    channels = channels.to(torch.promote_types(channels.dtype, torch.float32))
    return channels.shape[1], channels.mean(dim=1), channels.var(dim=1, correction=0)


def pooled(one: Moments, other: Moments) -> Moments:
    r"""Count, mean and biased variance of two samples put together.

    .. math:: \mu = \mu_1 + \delta \frac{n_2}{n}, \qquad
        \sigma^2 = \frac{n_1 \sigma_1^2 + n_2 \sigma_2^2}{n} + \delta^2 \frac{n_1 n_2}{n^2},
        \qquad \delta = \mu_2 - \mu_1, \; n = n_1 + n_2

    Args:
        one: Of the first sample.
        other: Of the second.

    Returns:
        As given.

    Reference:
        `Revisiting Batch Normalization For Practical Domain Adaptation <https://arxiv.org/abs/1603.04779>`_, the
        online estimate of section 3.3.
    """
    (n1, mean1, var1), (n2, mean2, var2) = one, other
    share, gap = n2 / (n1 + n2), mean2 - mean1
    variance = torch.lerp(var1, var2, share) + gap.square() * share * (1 - share)
    return n1 + n2, mean1 + gap * share, variance


@torch.no_grad()
def reestimate(
    norms: Sequence[_BatchNorm], network: Callable[[Tensor], object], batches: Iterable[Tensor]
) -> None:
    """Replace the statistics of batch norms by those of a whole sample, every image counting the same.

    While they are gathered each batch is normalised by its own statistics, as in training.

    Args:
        norms: Of which to replace the statistics.
        network: Passes a batch through them.
        batches: Of which those of one image are left out, as they have no variance.
    """
    found: dict[_BatchNorm, Moments] = {}

    def gather(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, _BatchNorm)
        seen = moments(inputs[0])
        found[norm] = pooled(found[norm], seen) if norm in found else seen

    hooks = [norm.register_forward_pre_hook(gather) for norm in norms]
    before = [(norm.training, norm.track_running_stats) for norm in norms]
    normalise_by_batch(norms)
    for images in batches:
        if len(images) > 1:
            network(images)
    for norm, hook, (training, tracking) in zip(norms, hooks, before, strict=True):
        hook.remove()
        norm.training, norm.track_running_stats = training, tracking
    for norm, (count, mean, variance) in found.items():
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance * count / max(count - 1, 1))


def batch_norms(network: nn.Module, method: str) -> list[_BatchNorm]:
    """Return every batch norm of ``network``, or raise ``UserError`` that ``method`` needs one."""
    return [each for each in found_norms(network, method) if isinstance(each, _BatchNorm)]


class AdaBN(AdaptationModule):
    r"""Adaptive batch normalisation: trained on the source, evaluated with the target's statistics.

    .. math:: y = \gamma \frac{x - \mu_t}{\sqrt{\sigma_t^2 + \epsilon}} + \beta

    At each evaluation the mean and variance in front of every batch norm are taken over all target training
    images; source images keep the statistics of the source. Scale and offset are those that the source trained.
    It has no options, and sets ``batch_norm`` to ``domain_specific`` whatever is given.

    Fails when:
        The domains differ in more than the scale and offset of features; or when the target's classes are in other
        proportions than the source's, which shifts the statistics by itself.

    Reference:
        `Revisiting Batch Normalization For Practical Domain Adaptation <https://arxiv.org/abs/1603.04779>`_ (Li
        et al., ICLR-W 2017), algorithm 1 and section 3.3. The paper estimates the statistics of each image's
        own test set, online; here they come from the target's training split, so that no test image influences
        the prediction of another.
    """

    family: ClassVar[str] = 'normalisation'
    needs_images: ClassVar[bool] = True
    needs_batch_norm: ClassVar[bool] = True

    def __init__(self, **kwargs: Any) -> None:
        kwargs['batch_norm'] = 'domain_specific'
        super().__init__(**kwargs)
        batch_norms(self.network, 'AdaBN')
        for split in split_norms(self.network):
            of_source, of_target = split.norms['source'], split.norms['target']
            of_target.weight, of_target.bias = of_source.weight, of_source.bias

    @property
    def deployed(self) -> Domain:
        """The target's statistics."""
        return 'target'

    def on_validation_epoch_start(self) -> None:
        """Estimate the target's statistics anew."""
        network = self.evaluated
        norms = [split.norms['target'] for split in split_norms(network)]
        reestimate(
            [norm for norm in norms if isinstance(norm, _BatchNorm)],
            lambda images: network(images, domain='target'),
            self.pool(),
        )


def split_norms(network: nn.Module) -> list[DomainSpecificBatchNorm]:
    """Return the domain-specific batch norms of a network."""
    return [each for each in network.modules() if isinstance(each, DomainSpecificBatchNorm)]
