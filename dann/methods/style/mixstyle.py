"""MixStyle: channel statistics of feature maps, mixed between images."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Literal, get_args

import torch
from torch import Tensor, nn

from dann.core.errors import CheckError, check
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Categorical, Float, Int, Search
from dann.core.style import Style
from dann.methods.style.shapes import check_pairs
from dann.networks.backbone import Backbone

Partners = Literal['target', 'random']


def mix_moments(features: Tensor, partner: Tensor, share: Tensor, eps: float = 1e-6) -> Tensor:
    r"""Feature maps whose channel means and deviations are mixed with those of a partner.

    .. math:: \gamma \frac{x - \mu(x)}{\sigma(x)} + \beta, \qquad
        \gamma = \lambda \sigma(x) + (1 - \lambda) \sigma(\tilde x), \quad
        \beta = \lambda \mu(x) + (1 - \lambda) \mu(\tilde x)

    Args:
        features: Feature maps, shape ``(B, C, H, W)``.
        partner: Feature maps, shape ``(B, C, H, W)``, paired with the first.
        share: The equation's lambda for each pair, in [0, 1], shape ``(B, 1, 1, 1)``; 1 changes nothing.
        eps: Added to the variances.

    Returns:
        Feature maps, shape ``(B, C, H, W)``; no gradient flows through the statistics.

    Raises:
        ValueError: Shapes that differ.

    Reference:
        `Domain Generalization with MixStyle <https://arxiv.org/abs/2104.02008>`_, eqs. 3-5. Variances divide by
        the number of pixels, as in the paper; the authors' code divides by one less.
    """
    check_pairs(features, partner)
    (deviation, mean), (new_deviation, new_mean) = _moments(features, eps), _moments(partner, eps)
    scale = torch.lerp(new_deviation, deviation, share)
    return scale * (features - mean) / deviation + torch.lerp(new_mean, mean, share)


def _moments(features: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    variance, mean = torch.var_mean(features.detach(), dim=(2, 3), correction=0, keepdim=True)
    return (variance + eps).sqrt(), mean


class FeatureMixing(Style):
    """A style of features: the outputs of a backbone's early stages are mixed between images, while it trains.

    Hooks exist only inside ``mixing``, so that evaluation, teachers and exports are not affected. Whether a
    stage is mixed is drawn anew for every pass. The last stage of several is never mixed: its statistics tell
    the class.

    Args:
        weight: Blend between the features as they are (0) and mixed (1).
        schedule: How the strength grows with progress.
        probability: Of mixing the outputs of a stage.
        alpha: Of the distribution Beta(alpha, alpha) that each pair's lambda is drawn from, above 0.
        depth: How many stages, from the first; the last of several is never mixed.
        partners: ``target`` gives every source image a random target image and leaves the target as it is;
            ``random`` shuffles both domains together, so that target images are mixed as well.
    """

    search: ClassVar[Search] = {
        **Style.search,
        'probability': Float(0.1, 1),
        'alpha': Float(0.05, 1, log=True),
        'depth': Int(1, 3),
        'partners': Categorical(get_args(Partners)),
    }
    on_images: ClassVar[bool] = False
    on_features: ClassVar[bool] = True

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule = Constant(),
        probability: float = 0.5,
        alpha: float = 0.1,
        depth: int = 2,
        partners: Partners = 'target',
    ) -> None:
        super().__init__(weight, schedule)
        check(0 <= probability <= 1, f'expected `probability` in [0, 1], got {probability}')
        check(alpha > 0, f'expected `alpha` above 0, got {alpha}')
        check(depth > 0, f'expected `depth` of at least 1, got {depth}')
        check(partners in get_args(Partners), f'expected one of {get_args(Partners)}, got {partners!r}')
        self.probability, self.alpha, self.depth, self.partners = probability, alpha, depth, partners
        self.stages: tuple[nn.Module, ...] = ()  # a tuple, as the backbone owns them

    def attach(self, backbone: Backbone) -> None:
        """Find the stages.

        Raises:
            ValueError: The backbone names none.
        """
        stages = backbone.stages()
        check(
            bool(stages),
            f'expected a backbone with stages, got {type(backbone).__name__}, which has no feature maps to mix; '
            'take a convolutional one, or write its `stages`',
        )
        self.stages = tuple(stages[: min(self.depth, max(len(stages) - 1, 1))])

    @contextmanager
    def mixing(self, strength: float, source: int) -> Iterator[None]:
        """Mix what passes through the stages: ``source`` source images, the target's after them."""

        def hook(_module: nn.Module, _inputs: Any, features: Tensor) -> Tensor:
            return self.mixed(features, source, strength)

        handles = [stage.register_forward_hook(hook) for stage in self.stages if strength > 0]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def mixed(self, features: Tensor, source: int, strength: float) -> Tensor:
        """Return feature maps of both domains, shape ``(Bs + Bt, C, H, W)``, mixed with the given probability.

        Raises:
            ValueError: Not feature maps, or those of one domain alone.
        """
        if features.ndim != 4 or len(features) <= source:
            raise CheckError(
                f'expected feature maps of shape ({source} + Bt, C, H, W), both domains in one batch, '
                f'got {tuple(features.shape)}; set `batch_norm: joint`'
            )
        if float(torch.rand(())) >= self.probability:
            return features
        count = len(features)
        if self.partners == 'target':
            count, index = source, torch.randint(source, count, (source,), device=features.device)
        else:
            index = torch.randperm(count, device=features.device)
        with torch.autocast(features.device.type, enabled=False):
            wide = features.float() if features.dtype in (torch.float16, torch.bfloat16) else features
            concentration = torch.full((count, 1, 1, 1), self.alpha, device=wide.device, dtype=wide.dtype)
            share = torch.distributions.Beta(concentration, concentration).sample()
            own = torch.lerp(wide[:count], self.mix(wide[:count], wide[index], share), strength)
        return torch.cat([own.to(features.dtype), features[count:]])

    @abstractmethod
    def mix(self, features: Tensor, partner: Tensor, share: Tensor) -> Tensor:
        """Return feature maps of which ``share``, shape ``(B, 1, 1, 1)``, is their own style, the rest a partner's."""

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return the source: features are mixed, not images."""
        return source


class MixStyle(FeatureMixing):
    """MixStyle: early feature maps of source images take on channel statistics of target images.

    Fails when:
        The domains differ in shape rather than in style, which means and deviations of channels do not hold; or
        a class is told by those statistics.

    Reference:
        `Domain Generalization with MixStyle <https://arxiv.org/abs/2104.02008>`_ (Zhou et al., ICLR 2021), eqs.
        3-5 and section 3.2. The paper mixes target with source statistics as well where it has two domains;
        ``target`` does not, because without labels nothing would be learned from it. The draw is made for each
        stage.
    """

    def mix(self, features: Tensor, partner: Tensor, share: Tensor) -> Tensor:
        """Return features with mixed means and deviations."""
        return mix_moments(features, partner, share)
