"""How much likelier a source sample is under the target: the weights of importance-weighted scores."""

from __future__ import annotations

import math
import warnings
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dann.core.views import View
from dann.validators.sampling import sample

Array = NDArray[np.float64]
DECAYS = (10.0, 1.0, 0.1, 0.01, 0.001)
MOST = 2_000
FOLDS = 5
_LIMIT = 30.0
_latest: tuple[tuple[Any, ...], tuple[weakref.ref[Tensor], weakref.ref[Tensor]], Array] | None = None


def folds(features: Array, count: int) -> NDArray[np.int64]:
    """A fold for each sample: ranks along a fixed random direction, dealt out in turn.

    The order of the samples does not matter, and folds are alike.
    """
    direction = np.random.default_rng(0).standard_normal(features.shape[1])
    result = np.empty(len(features), dtype=np.int64)
    result[np.argsort(features @ direction, kind='stable')] = np.arange(len(features)) % count
    return result


def held_out_logits(pooled: Array, domain: NDArray[np.int64], fold: NDArray[np.int64], decay: float) -> Array:
    """Log odds of target against source for every sample, each from a classifier that has not seen its fold.

    The odds are corrected for the number of samples of each domain that the classifier has seen.
    """
    from sklearn.linear_model import LogisticRegression

    logits = np.empty(len(pooled))
    for held in np.unique(fold):
        seen = fold != held
        classifier = LogisticRegression(C=1 / (decay * seen.sum()), max_iter=200)
        classifier.fit(pooled[seen], domain[seen])
        prior = math.log((domain[seen] == 0).sum() / (domain[seen] == 1).sum())
        logits[~seen] = classifier.decision_function(pooled[~seen]) + prior
    return logits.clip(-_LIMIT, _LIMIT)


def balanced_log_loss(logits: Array, domain: NDArray[np.int64]) -> float:
    """Cross-entropy of the log odds, both domains counting the same."""
    losses = np.logaddexp(0, np.where(domain == 1, -logits, logits))
    return float(losses[domain == 0].mean() + losses[domain == 1].mean()) / 2


def density_ratio(
    source: Array, target: Array, *, decays: Sequence[float] = DECAYS, count: int = FOLDS
) -> Array:
    r"""Cross-fitted importance weights of source samples, shape ``(Ns,)``, above 0 and finite.

    .. math:: w(f) = \frac{p_t(f)}{p_s(f)} = \frac{P(\text{target} \mid f)}{P(\text{source} \mid f)} \cdot
        \frac{N_s}{N_t}

    A logistic regression on standardised features tells the domains apart. Each weight comes from one fitted on
    the other folds of both splits; a strength of its L2 penalty is chosen by the log-loss on held-out folds.
    NaN where a domain has fewer than two samples or a feature is not finite.

    Args:
        source: Features, shape ``(Ns, D)``.
        target: Features, shape ``(Nt, D)``.
        decays: L2 penalties, the loss being a mean over samples; from strong to weak, and tried in this order
            until the log-loss rises.
        count: Folds, or as many as the smaller domain has samples.

    Reference:
        `Towards Accurate Model Selection in Deep Unsupervised Domain Adaptation
        <https://proceedings.mlr.press/v97/you19a.html>`_, eq. 7. The authors fit a network of two hidden layers on
        source training features, hold 20 % of them out, and choose among penalties of 1e-1 to 1e-5 by accuracy.
        An evaluation here sees validation splits alone, hence folds and a linear classifier; the log-loss, which
        suits probabilities better, and penalties that allow for hardly any weighting at all, hence the grid.
    """
    least = min(len(source), len(target))
    pooled = np.concatenate([source, target])
    if least < 2 or not np.isfinite(pooled).all():
        return np.full(len(source), math.nan)
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.preprocessing import StandardScaler

    fold = np.concatenate([folds(source, min(count, least)), folds(target, min(count, least))])
    domain = np.repeat([0, 1], [len(source), len(target)])
    pooled = StandardScaler(copy=False).fit_transform(pooled)
    best, lowest = np.zeros(len(pooled)), math.inf
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', ConvergenceWarning)
        for decay in decays:
            logits = held_out_logits(pooled, domain, fold, decay)
            loss = balanced_log_loss(logits, domain)
            if loss >= lowest:
                break
            best, lowest = logits, loss
    weights: Array = np.exp(best[: len(source)])
    return weights


def importance_weights(source: View, target: View, most: int = MOST) -> Array:
    """Density ratio of two views' features, for each sample of ``sample(source, most)``.

    The latest result is kept, for the scores that need it at one evaluation; it is used again only for the very
    same tensors, unchanged.

    Args:
        source: The source's validation split.
        target: The target's validation split.
        most: Larger splits are sampled down to this many, seeded; each domain for itself.
    """
    global _latest
    left, right = source.features, target.features
    key = (most, _version(left), _version(right))
    if _latest is not None:
        known, refs, weights = _latest
        if known == key and refs[0]() is left and refs[1]() is right:
            return weights
    weights = density_ratio(*(_array(sample(view, most).features) for view in (source, target)))
    weights.setflags(write=False)
    _latest = key, (weakref.ref(left), weakref.ref(right)), weights
    return weights


def _array(features: Tensor) -> Array:
    values: Array = features.detach().cpu().double().numpy()
    return values


def _version(tensor: Tensor) -> int:
    return -1 if tensor.is_inference() else tensor._version
