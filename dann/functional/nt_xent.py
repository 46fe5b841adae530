"""The contrastive loss of SimCLR."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from dann.core.errors import check


def nt_xent(one: Tensor, other: Tensor, temperature: float = 0.5) -> Tensor:
    r"""Normalised, temperature-scaled cross-entropy between two views of the same images.

    Of ``2B`` views each is to find the other of its image among all that are not itself.

    .. math::
        \ell = -\frac{1}{2B} \sum_{i=1}^{2B} \log
        \frac{\exp(s_{i p(i)} / \tau)}{\sum_{k \ne i} \exp(s_{ik} / \tau)}, \qquad
        s_{ik} = \frac{z_i^\top z_k}{\lVert z_i \rVert\, \lVert z_k \rVert}

    Args:
        one: Projections of a view of each image, shape ``(B, D)``, ``B`` at least 2.
        other: Those of the other view, ``p(i)``, in the same order, shape ``(B, D)``.
        temperature: ``tau``, above 0.

    Returns:
        A scalar of at least 0.

    Raises:
        ValueError: Shapes that differ, or a single image, which has nothing to be told apart from.

    Reference:
        `A Simple Framework for Contrastive Learning of Visual Representations <https://arxiv.org/abs/2002.05709>`_,
        eq. 1, averaged over all positive pairs as in its algorithm 1.
    """
    check(
        one.ndim == 2 and one.shape == other.shape and len(one) > 1,
        f'expected two views of shape (B, D), B at least 2, got {tuple(one.shape)} and {tuple(other.shape)}',
    )
    views = F.normalize(torch.cat([one, other]), dim=1)
    similar = views @ views.T / temperature
    itself = torch.eye(len(views), dtype=torch.bool, device=views.device)
    partner = torch.arange(len(views), device=views.device).roll(len(one))
    return F.cross_entropy(similar.masked_fill(itself, -torch.inf), partner)
