"""A classifier that tells the domains apart, judged on samples it was not trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dann.core.errors import check
from dann.shift.arrays import Array, two_domains

FOLDS = 5


def held_out_logits(
    source: ArrayLike, target: ArrayLike, *, squares: bool = False, folds: int = FOLDS, seed: int = 0
) -> tuple[Array, Array]:
    r"""Log-odds for the source, each from a logistic regression that has not seen the sample.

    The domains weigh the same whatever their sizes, so the log-odds estimate :math:`\log p_s(x) / p_t(x)`.

    Args:
        source: Features, shape ``(Ns, D)``, ``Ns`` at least twice ``folds``.
        target: Features, shape ``(Nt, D)``, ``Nt`` at least twice ``folds``.
        squares: Give the classifier each feature's square too; it is linear otherwise.
        folds: Parts of the cross-validation, at least 2.
        seed: Of the parts.

    Returns:
        Shapes ``(Ns,)`` and ``(Nt,)``.

    Raises:
        ValueError: Shapes that do not fit, or too few samples.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    check(folds > 1, f'expected `folds` of at least 2, got {folds}')
    left, right = two_domains(source, target, at_least=2 * folds)
    pooled = np.concatenate([left, right])
    if squares:
        centred = pooled - pooled.mean(axis=0)
        pooled = np.concatenate([centred, centred**2], axis=1)
    is_source = np.repeat([1, 0], [len(left), len(right)])
    logits = np.empty(len(pooled))
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for known, held in parts.split(pooled, is_source):
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight='balanced', max_iter=300))
        logits[held] = model.fit(pooled[known], is_source[known]).decision_function(pooled[held])
    return logits[: len(left)], logits[len(left) :]
