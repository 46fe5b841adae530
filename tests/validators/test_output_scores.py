"""Scores of target outputs: marginal entropy, Corr-C, BNM, MaNo and SND."""

from __future__ import annotations

import math

import pytest
import references_validators_b as ref
import torch
from torch import Tensor

from dann.core.views import View
from dann.validators import snd
from dann.validators.bnm import nuclear_norm_ratio
from dann.validators.corr_c import CorrC, class_correlation
from dann.validators.mano import MaNo, matrix_norm, miscalibration, taylor_softmax
from dann.validators.marginal_entropy import MarginalEntropy, marginal_entropy

SHAPES = [(9, 4), (3, 7), (2, 2), (64, 31)]


def draw(count: int, classes: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(count, classes, generator=generator, dtype=torch.float64)


def view(logits: Tensor) -> View:
    return View(torch.zeros(len(logits), 2, dtype=logits.dtype), logits)


@pytest.mark.parametrize('shape', SHAPES)
def test_against_the_formulas(shape: tuple[int, int]) -> None:
    logits = draw(*shape)
    p, array = logits.softmax(dim=1), logits.numpy()
    assert marginal_entropy(p) == pytest.approx(ref.marginal_entropy(array), rel=1e-9)
    assert class_correlation(p) == pytest.approx(ref.corr_c(array), rel=1e-9)
    assert nuclear_norm_ratio(p) == pytest.approx(ref.bnm(array), rel=1e-6)
    assert snd.density(p, 0.3) == pytest.approx(ref.snd(array, 0.3), rel=1e-9, abs=1e-12)
    for threshold in (0, 5, 1e9):
        assert matrix_norm(logits, 4, threshold) == pytest.approx(ref.mano(array, 4, threshold), rel=1e-9)


def test_the_validators_score_the_target() -> None:
    source, target = view(draw(5, 4, 1)), view(draw(9, 4))
    array = target.logits.numpy()
    assert MarginalEntropy().score(source, target) == pytest.approx(ref.marginal_entropy(array))
    assert MaNo(power=2, threshold=0).score(source, target) == pytest.approx(ref.mano(array, 2, 0))
    assert CorrC().score(source, target) == pytest.approx(ref.corr_c(array))


def test_marginal_entropy_of_collapse_balance_and_ignorance() -> None:
    assert marginal_entropy(torch.eye(4)[:1].repeat(9, 1)) == 0
    assert marginal_entropy(torch.eye(4).repeat(3, 1)) == pytest.approx(1)
    assert marginal_entropy(torch.full((5, 4), 0.25)) == pytest.approx(1)
    assert math.isnan(marginal_entropy(torch.ones(5, 1)))


def test_corr_c_of_known_predictions() -> None:
    balanced = torch.eye(10).repeat(7, 1)
    assert class_correlation(balanced) == pytest.approx(math.sqrt(10))
    assert class_correlation(balanced[:1].repeat(70, 1)) == pytest.approx(1)
    assert class_correlation(torch.full((70, 10), 0.1)) == pytest.approx(1)
    # diagonal a, rest b: trace and norm of C are those of the matrix of the ten kinds of rows, times 7
    a, b = 0.8, 0.2 / 9
    d, o = a * a + 9 * b * b, 2 * a * b + 8 * b * b
    softened = b + (a - b) * torch.eye(10)
    expected = 10 * d / math.sqrt(10 * d * d + 90 * o * o)
    assert class_correlation(softened.repeat(7, 1)) == pytest.approx(expected, rel=1e-6)
    assert 2.5 < expected < math.sqrt(10)


def accuracies_and_scores(rule: CorrC) -> tuple[list[float], list[float]]:
    """Of models that know the labels better and better, and of two that have collapsed."""
    labels = torch.arange(400) % 10
    noise, truth = draw(400, 10), 6 * torch.eye(10, dtype=torch.float64)[labels]
    models = [signal * truth + noise for signal in (0.25, 0.5, 1.0, 2.0, 4.0)]
    models.insert(0, 30 * torch.eye(10, dtype=torch.float64)[:1].repeat(400, 1))
    models.insert(0, torch.zeros(400, 10, dtype=torch.float64))
    accuracies = [float((model.argmax(dim=1) == labels).double().mean()) for model in models]
    return accuracies, [rule.score(view(model), view(model)) for model in models]


def test_the_direction_of_corr_c_follows_the_labels() -> None:
    accuracies, scores = accuracies_and_scores(CorrC())
    assert accuracies[:2] == [0.1, 0.1]
    assert accuracies[2:] == sorted(accuracies[2:])
    assert max(scores[:2]) < min(scores[2:])
    assert scores[2:] == sorted(scores[2:])


def test_the_other_direction_of_corr_c_chooses_the_collapsed_model() -> None:
    accuracies, scores = accuracies_and_scores(CorrC('lower'))
    assert accuracies[scores.index(max(scores))] == min(accuracies)
    assert scores == [-score for score in accuracies_and_scores(CorrC())[1]]


def test_corr_c_knows_its_directions() -> None:
    with pytest.raises(ValueError, match=r'direction.*up'):
        CorrC('up')  # type: ignore[arg-type]


def test_mano_of_certainty_is_its_bound_and_of_ignorance_one_over_c() -> None:
    certain, equal = 200 * torch.eye(4), torch.zeros(9, 4)
    assert matrix_norm(certain, threshold=0) == pytest.approx(4 ** (-1 / 4))
    for threshold in (0, 5):
        assert matrix_norm(equal, threshold=threshold) == pytest.approx(1 / 4)


def test_mano_normalises_by_the_criterion() -> None:
    mild, sharp = draw(40, 4), 20 * draw(40, 4)
    assert miscalibration(torch.zeros(3, 4)) == pytest.approx(math.log(4))
    assert miscalibration(mild) < 5 < miscalibration(sharp)
    assert matrix_norm(mild) == matrix_norm(mild, threshold=math.inf) != matrix_norm(mild, threshold=0)
    assert matrix_norm(sharp) == matrix_norm(sharp, threshold=0) != matrix_norm(sharp, threshold=math.inf)


def test_taylor_rows_are_distributions() -> None:
    rows = taylor_softmax(torch.cat([draw(50, 6), torch.ones(2, 6)]))
    assert (rows >= 0).all()
    assert torch.allclose(rows.sum(dim=1), torch.ones(52, dtype=torch.float64))


def test_mano_needs_a_norm() -> None:
    with pytest.raises(ValueError, match=r'power.*0\.5'):
        MaNo(power=0.5)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = draw(50, 6)
    p = logits.softmax(dim=1)
    whole = [snd.density(p), matrix_norm(logits), class_correlation(p)]
    monkeypatch.setattr(snd, 'ELEMENTS', 170)
    monkeypatch.setattr('dann.validators.mano.BLOCK', 7)
    monkeypatch.setattr('dann.functional.gram.BLOCK', 7)
    assert [snd.density(p), matrix_norm(logits), class_correlation(p)] == pytest.approx(whole, rel=1e-12)
