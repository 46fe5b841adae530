"""Contrastive unpaired translation: one generator, whose patches must match the patches they were made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.errors import check
from dann.core.recommended import ADAM_IN_PAPER
from dann.core.schedules import Schedule
from dann.core.search_space import Float, Search
from dann.core.views import Losses
from dann.methods.style.learned import Learned
from dann.networks.heads import mlp
from dann.networks.translators import PatchCritic, Translator, critic_loss, fooling_loss


def patch_nce(queries: Tensor, keys: Tensor, temperature: float = 0.07) -> Tensor:
    r"""Cross-entropy of finding each patch of a generated image among the patches of the image it was made from.

    .. math:: \ell = -\frac{1}{N} \sum_i \log \frac{\exp(z_i \cdot v_i / \tau)}{\sum_j \exp(z_i \cdot v_j / \tau)}

    Args:
        queries: Unit vectors ``z`` of the generated images' patches, shape ``(B, N, D)``.
        keys: Unit vectors ``v`` of the originals' patches at the same places, shape ``(B, N, D)``; detached.
        temperature: The equation's tau, above 0.

    Returns:
        A scalar of at least 0, the mean over images and patches; log N at chance.

    Raises:
        ValueError: Shapes that differ.

    Reference:
        `Contrastive Learning for Unpaired Image-to-Image Translation <https://arxiv.org/abs/2007.15651>`_, eq. 3.
        Negatives come from the same image, as in the paper; keys get no gradient, as in the authors' code.
    """
    check(
        queries.ndim == 3 and queries.shape == keys.shape,
        f'expected queries and keys of one shape (B, N, D), got {tuple(queries.shape)} and {tuple(keys.shape)}',
    )
    similarities = queries @ keys.detach().mT / temperature  # (B, N, N)
    own = torch.arange(queries.shape[1], device=queries.device).expand(len(queries), -1)
    return F.cross_entropy(similarities.flatten(0, 1), own.flatten())


class CUT(Learned):
    r"""CUT: one generator and one critic; patches of its images stay close to the patches they were made from.

    .. math:: \mathcal{L}_\text{GAN}(G, D) + \lambda \mathcal{L}_\text{PatchNCE}(x_s)
        + \lambda_\text{idt} \mathcal{L}_\text{PatchNCE}(x_t)

    Patches are points of the feature maps of the generator's own encoder, after every layer, each with a small
    projection head.

    Args:
        weight: Blend between the source image (0) and the generated one (1).
        schedule: How the strength grows with progress; ``null`` for ``Delayed(0.5)``, or for ``Constant()`` with
            ``weights``.
        weights: ``weights.pt`` or a checkpoint of an earlier run with this style; ``null`` to train.
        lr_scale: Factor on the learning rate of the style's networks, above 0; 0.2 makes the paper's 0.0002 of
            0.001.
        nce: Weight of the contrast on source images, at least 0.
        identity: Weight of the same on target images, which the generator should leave alone, at least 0.
        temperature: Divides the similarities, above 0.
        patches: How many of a feature map, drawn anew at each step; all where there are fewer.
        width: Channels of generator and critic after their first layer.
        blocks: Residual blocks of the generator.

    Fails when:
        Classes differ in frequency between the domains, which the critic sees as style; or patches of an image
        are all alike (a flat background), so that none can be told from its neighbours.

    Reference:
        `Contrastive Learning for Unpaired Image-to-Image Translation <https://arxiv.org/abs/2007.15651>`_ (Park
        et al., ECCV 2020), eqs. 3-5. Losses of layers are averaged, as in the authors' code, which also halves
        the sum of the two contrasts; here both weigh 1, as in the paper. The networks are far smaller, as the
        images are, heads have 64 outputs instead of 256, the generator starts as the identity and changes an
        image's logits, and its update and the critic's are simultaneous. There is no pool of past fakes, as in
        the authors' code.
    """

    recommended: ClassVar[Mapping[str, Any]] = ADAM_IN_PAPER
    search: ClassVar[Search] = {
        **Learned.search,
        'nce': Float(0.1, 10, log=True),
        'identity': Float(0.0, 10.0),
        'temperature': Float(0.03, 0.3, log=True),
    }

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule | None = None,
        weights: str | None = None,
        lr_scale: float = 0.2,
        nce: float = 1.0,
        identity: float = 1.0,
        temperature: float = 0.07,
        patches: int = 256,
        width: int = 16,
        blocks: int = 2,
    ) -> None:
        super().__init__(weight, schedule, weights, lr_scale)
        check(
            min(nce, identity) >= 0, f'expected `nce` and `identity` of at least 0, got {nce} and {identity}'
        )
        check(temperature > 0, f'expected `temperature` above 0, got {temperature}')
        check(patches > 1, f'expected `patches` of at least 2, got {patches}')
        self.nce, self.identity, self.temperature, self.patches = nce, identity, temperature, patches
        self.width, self.blocks = width, blocks

    def make(self, num_classes: int) -> None:
        """Create generator, critic and projection heads."""
        self.generator, self.critic = Translator(self.width, self.blocks), PatchCritic(self.width)
        self.heads = nn.ModuleList([mlp((channels, 64, 64)) for channels in self.generator.channels])

    def terms(self, source: Tensor, labels: Tensor, target: Tensor) -> Losses:
        """Return the terms of generator, heads and critic."""
        both = torch.cat([source, target])
        maps = self.generator.encode(both)
        made = self.generator.decode(both, maps[-1])
        again = self.generator.encode(made)
        fake = made[: len(source)]
        on_source, on_target = self.contrast(again, maps, len(source))
        return {
            'style_gan': fooling_loss(self.critic, fake),
            'style_nce': self.nce * on_source,
            'style_identity': self.identity * on_target,
            'style_critic': critic_loss(self.critic, target, fake),
        }

    def contrast(self, queries: list[Tensor], keys: list[Tensor], source: int) -> tuple[Tensor, Tensor]:
        """Return the mean over layers of the contrast, on the first ``source`` images and on the others."""
        parts = []
        for head, left, right in zip(self.heads, queries, keys, strict=True):
            chosen = torch.randperm(left[0, 0].numel(), device=left.device)[: self.patches]
            z, v = (
                F.normalize(head(each.flatten(2)[:, :, chosen].mT), dim=2) for each in (left, right.detach())
            )
            parts.append([patch_nce(z[part], v[part], self.temperature) for part in _halves(source)])
        return torch.stack([part[0] for part in parts]).mean(), torch.stack(
            [part[1] for part in parts]
        ).mean()

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return generated images; the partner is not used."""
        made: Tensor = self.generator(source)
        return made


def _halves(source: int) -> tuple[slice, slice]:
    return slice(None, source), slice(source, None)
