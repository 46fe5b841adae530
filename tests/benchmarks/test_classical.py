"""The classical methods beside the networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_features import drawn, write_npz
from scipy.linalg import fractional_matrix_power

from dann.benchmarks import classical
from dann.benchmarks.classical import (
    Features,
    coral_regression,
    digits_pair,
    features_of,
    lines,
    main,
    measured,
    nearest_neighbour,
    source_only,
    whiten_recolour,
)
from dann.core.errors import CheckError, UserError
from dann.datasets import Arrays


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setattr(classical, 'find_spec', lambda name: None)


def test_recoloured_features_are_the_papers() -> None:
    rng = np.random.default_rng(0)
    source, target = (
        rng.normal(size=(30, 4)) @ rng.normal(size=(4, 4)),
        rng.normal(size=(21, 4)) * [1, 2, 3, 4],
    )
    covariances = [np.cov(each.T) + 0.5 * np.eye(4) for each in (source, target)]
    expected = (
        source @ fractional_matrix_power(covariances[0], -0.5) @ fractional_matrix_power(covariances[1], 0.5)
    )
    np.testing.assert_allclose(whiten_recolour(source, target, 0.5), expected, atol=1e-10)


def test_with_almost_no_ridge_the_covariance_is_the_targets() -> None:
    rng = np.random.default_rng(0)
    source, target = rng.normal(size=(50, 3)) * [1, 5, 2], rng.normal(size=(40, 3)) * [4, 1, 1]
    moved = whiten_recolour(source, target, 1e-9)
    np.testing.assert_allclose(np.cov(moved.T), np.cov(target.T), atol=1e-5)
    np.testing.assert_allclose(whiten_recolour(source, source), source, atol=1e-10)
    with pytest.raises(CheckError, match='`ridge` above 0, got 0'):
        whiten_recolour(source, target, 0)


def turned(seed: int = 0) -> tuple[Features, Any]:
    """Two classes apart along the first axis, where the target's spread along the axes is exchanged."""
    rng = np.random.default_rng(seed)
    labels = np.arange(400) % 2
    x = rng.normal(size=(400, 2)) * [0.3, 1] + np.outer(labels - 0.5, [2, 0])
    return Features(x[:200], labels[:200], 3 * x[200:300] + 5, 3 * x[300:] + 5), labels[300:]


def test_each_predicts_what_it_should() -> None:
    seen, truth = turned()
    assert (source_only(seen) == truth).mean() < 0.6  # almost all of the target lies on one side
    assert (coral_regression(seen) == truth).mean() > 0.95
    nearest = [int(np.square(seen.source - point).sum(axis=1).argmin()) for point in seen.test]
    assert (nearest_neighbour(seen) == seen.labels[nearest]).all()


def test_what_is_seen_is_standardised_by_the_source_and_holds_no_target_label(tmp_path: Path) -> None:
    path = str(write_npz(tmp_path))
    source, target = Arrays(path, 'a'), Arrays(path, 'b')
    seen = features_of(source, target)
    np.testing.assert_allclose(seen.source.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(seen.source.std(axis=0), 1, atol=1e-6)
    raw = source.images('train').double().numpy()
    expected = (target.images('test').double().numpy() - raw.mean(axis=0)) / raw.std(axis=0)
    np.testing.assert_allclose(seen.test, expected, atol=1e-9)
    assert seen.labels.tolist() == source.labels('train').tolist()


def test_digits_are_two_halves_that_share_no_sample(tmp_path: Path) -> None:
    with np.load(digits_pair(tmp_path / 'digits.npz', noise=0, turn=0)) as arrays:
        source, target = (arrays['x'][arrays['domain'] == name] for name in ('source', 'target'))
    assert abs(len(source) - len(target)) <= 1
    with np.load(digits_pair(tmp_path / 'digits.npz', noise=0)) as arrays:
        moved = arrays['x'][arrays['domain'] == 'target']
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), np.linalg.norm(target, axis=1), rtol=1e-5)
    assert np.abs(moved - target).mean() > 1


def test_lines_have_mean_and_interval() -> None:
    assert lines([{'a': 0.7}, {'a': 0.72}, {'a': 0.74}]) == [f'{"a":34}  72.0 ± 5.0 (3)']
    assert lines([{'a': 0.5}]) == [f'{"a":34}  50.0 (1)']


def test_seeds_draw_splits_and_the_script_prints_a_line_for_each_method(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_npz(tmp_path, drawn(count=120))
    options: dict[str, Any] = {'out': tmp_path, 'methods': [], 'steps': None}
    assert measured(path, ('a', 'b'), 0, **options) == measured(path, ('a', 'b'), 0, **options)
    main([str(path), '--source', 'a', '--target', 'b', '--seeds', '2', '--methods', '--out', str(tmp_path)])
    out = capsys.readouterr().out.splitlines()
    assert [line[:34].strip() for line in out[1:4]] == [
        'logistic regression, source only',
        '1-NN, source only',
        'CORAL + logistic regression',
    ]
    assert all(line.endswith('(2)') for line in out[1:4])
    assert out[4] == classical.NO_SKADA


@pytest.mark.slow
def test_networks_stand_beside_them_on_the_same_splits(tmp_path: Path) -> None:
    path = write_npz(tmp_path)
    found = measured(path, ('a', 'b'), 1, out=tmp_path / 'runs', methods=['source_only'], steps=2)
    assert 0 <= found['dann: source_only'] <= 1
    text = (tmp_path / 'runs' / 'feats-split-1' / 'benchmark.yaml').read_text()
    assert all(f'domain: {name}\n        seed: 1\n' in text for name in 'ab')


def test_images_are_refused(tmp_path: Path) -> None:
    path = write_npz(tmp_path, drawn(x=np.zeros((80, 8, 8), np.uint8)))
    with pytest.raises(UserError, match='holds images; extract features from them first'):
        measured(path, ('a', 'b'), 0, out=tmp_path, methods=[], steps=None)
