"""Entropy of predictions: of each, of their mean, and weights made of it."""

from __future__ import annotations

from torch import Tensor

from dann.core.errors import check


def check_logits(logits: Tensor) -> None:
    """Raise ``ValueError`` unless ``logits`` are ``(B, C)`` with at least one sample and two classes."""
    check(
        logits.ndim == 2 and logits.shape[0] > 0 and logits.shape[1] > 1,
        f'expected logits of shape (B, C), B at least 1 and C at least 2, got {tuple(logits.shape)}; '
        'pass the class scores of a whole batch',
    )


def entropies(logits: Tensor) -> Tensor:
    r"""Entropy in nats of each sample's softmax, :math:`H(p) = -\sum_c p_c \log p_c`.

    Args:
        logits: Shape ``(B, C)``.

    Returns:
        Shape ``(B,)``, in [0, log C].
    """
    log_p = logits.log_softmax(dim=1)
    return -(log_p.exp() * log_p).sum(dim=1)


def mean_entropy(logits: Tensor) -> Tensor:
    r"""Mean entropy in nats of the samples of a batch, :math:`\frac1B \sum_n H(p_n)`.

    Args:
        logits: Shape ``(B, C)``.

    Returns:
        A scalar in [0, log C].

    Reference:
        `Tent: Fully Test-Time Adaptation by Entropy Minimization <https://arxiv.org/abs/2006.10726>`_ (Wang et
        al., ICLR 2021), section 3.1: what a network that adapts at test time makes small.
    """
    return entropies(logits).mean()


def marginal_entropy(logits: Tensor) -> Tensor:
    r"""Entropy in nats of the mean prediction, :math:`H(\bar p)` with :math:`\bar p = \frac1B \sum_n p_n`.

    The logarithm of the mean is taken from logarithms, and so never of zero.

    Args:
        logits: Shape ``(B, C)``.

    Returns:
        A scalar in [0, log C].
    """
    log_marginal = logits.log_softmax(dim=1).logsumexp(dim=0).log_softmax(dim=0)
    return -(log_marginal.exp() * log_marginal).sum()


def mutual_information(logits: Tensor) -> Tensor:
    r"""Mutual information in nats of input and prediction, :math:`H(\bar p) - \frac1B \sum_n H(p_n)`.

    Args:
        logits: Shape ``(B, C)``.

    Returns:
        A scalar in [0, log C]; highest for predictions that are each certain and together spread evenly.
    """
    return marginal_entropy(logits) - entropies(logits).mean()


def entropy_weights(logits: Tensor) -> Tensor:
    r"""Weights :math:`1 + e^{-H(p)}` that sum to 1 over the batch: certain samples count for more.

    Args:
        logits: Shape ``(B, C)``.

    Returns:
        Shape ``(B,)``, detached.

    Reference:
        `Conditional Adversarial Domain Adaptation <https://arxiv.org/abs/1705.10667>`_
        (Long et al., NeurIPS 2018), section 3.3. The authors' code reverses a gradient through the entropy, so
        that features are also pushed by the weight of their sample; none flows here, as the weights are meant
        to weigh.
    """
    weights = 1 + (-entropies(logits.detach())).exp()
    return weights / weights.sum()
