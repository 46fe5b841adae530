"""What holds for every importance-weighted score."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import references_validators_a as ref
import torch
from planted_shift import domains
from references import Array
from validator_checks import better_models_score_higher, collapsed, order_does_not_matter

from dann.core.views import View
from dann.validators.density_ratio import importance_weights
from dann.validators.dev import DEV
from dann.validators.devn import DEVN
from dann.validators.iwcv import IWCV
from dann.validators.risks import Loss

Kind = type[IWCV] | type[DEV] | type[DEVN]


def losses(view: View, loss: Loss) -> Array:
    """Each sample's loss, by the reference."""
    assert view.labels is not None
    of = ref.errors if loss == 'error' else ref.cross_entropies
    return of(view.logits.numpy(), view.labels.numpy())


def scores_are_those_of(reference: Callable[[Array, Array], float], kind: Kind, loss: Loss) -> None:
    """The score follows from weights and losses by the published formula."""
    source, target, _ = domains(tilt=0.4)
    weights = importance_weights(source, target)
    got = kind(loss=loss).score(source, target)
    assert got == pytest.approx(reference(weights, losses(source, loss)), rel=1e-9)


def quality_and_order(kind: Kind) -> None:
    """Better models score higher, in whatever order the samples come."""
    better_models_score_higher(kind)
    source, target, _ = domains(tilt=0.4)
    order_does_not_matter(kind, (source, target), rel=1e-3)


def target_risk_is_met(kind: Kind) -> None:
    """The estimate is near the target's risk where the source's is far from it."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2000, 1))
    z = rng.standard_normal((2000, 1)) + 1
    logits = [torch.from_numpy(np.hstack([v * 0, v - 0.5])) for v in (x, z)]
    labels = torch.from_numpy((x[:, 0] > 1.5).astype(np.int64))
    truth = (z[:, 0] > 1.5) != (z[:, 0] > 0.5)
    source, target = View(torch.from_numpy(x), logits[0], labels), View(torch.from_numpy(z), logits[1])
    plain = float((source.predictions != labels).double().mean())
    assert abs(-kind().score(source, target) - truth.mean()) < 0.3 * abs(plain - truth.mean())


def undefined_scores_are_nan(kind: Kind) -> None:
    """Splits of one sample, and features that are not finite, have no weights."""
    source, target, _ = domains()
    assert math.isnan(kind().score(source[:1], target))
    assert math.isnan(kind().score(source, target[:1]))
    for value in (math.inf, math.nan):
        source, target, _ = domains()
        target.features[3, 0] = value
        assert math.isnan(kind().score(source, target))


def extremes_are_finite(kind: Kind) -> None:
    """A collapsed network has the risk of its class, and domains far apart have a score."""
    for count in (2, 3, 60):
        source, target, share = collapsed(count, count)
        assert -kind(loss='error').score(source, target) == pytest.approx(1 - share, abs=1e-9)
    source, target, _ = domains(shift=1e4)
    assert math.isfinite(kind().score(source, target))


def wrong_options_are_refused(kind: Kind) -> None:
    """An unknown loss and too small a sample are named."""
    with pytest.raises(ValueError, match=r"`loss` to be one of .*'error'.*got 'squared'"):
        kind(loss='squared')  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r'`most` above 1, got 1'):
        kind(most=1)
