"""EFDMix: whole distributions of feature maps, mixed between images."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.methods.style.mixstyle import FeatureMixing
from dann.methods.style.shapes import check_pairs


def mix_distributions(features: Tensor, partner: Tensor, share: Tensor) -> Tensor:
    r"""Feature maps whose sorted values, channel by channel, are mixed with those of a partner.

    .. math:: o_{\tau_i} = x_{\tau_i} + (1 - \lambda) (y_{\kappa_i} - \langle x_{\tau_i} \rangle)

    where :math:`\tau` and :math:`\kappa` sort ``x`` and ``y``, and no gradient flows through angle brackets or
    the partner. Equal values are ranked in raster order.

    Args:
        features: Feature maps, shape ``(B, C, H, W)``.
        partner: Feature maps, shape ``(B, C, H, W)``, paired with the first.
        share: The equation's lambda for each pair, in [0, 1], shape ``(B, 1, 1, 1)``; 1 changes nothing.

    Returns:
        Feature maps, shape ``(B, C, H, W)``; their gradient into ``features`` is the identity.

    Raises:
        ValueError: Shapes that differ.

    Reference:
        `Exact Feature Distribution Matching <https://arxiv.org/abs/2203.07740>`_, eqs. 8 and 9.
    """
    check_pairs(features, partner)
    order = features.detach().flatten(2).argsort(dim=2, stable=True)
    values = partner.detach().flatten(2).sort(dim=2).values
    matched = torch.empty_like(values).scatter_(2, order, values).view_as(features)
    return features + (1 - share) * (matched - features.detach())


class EFDMix(FeatureMixing):
    """EFDMix: early feature maps of source images take on the whole value distribution of target images.

    Fails when:
        The domains differ in shape rather than in style; or most values of a channel are exactly 0, as after
        ReLU, where the ranks that decide who gets the partner's values are arbitrary.

    Reference:
        `Exact Feature Distribution Matching for Arbitrary Style Transfer and Domain Generalization
        <https://arxiv.org/abs/2203.07740>`_ (Zhang et al., CVPR 2022), eqs. 8 and 9. Target features are not
        mixed with source ones unless ``partners`` says so.
    """

    def mix(self, features: Tensor, partner: Tensor, share: Tensor) -> Tensor:
        """Return features with mixed distributions."""
        return mix_distributions(features, partner, share)
