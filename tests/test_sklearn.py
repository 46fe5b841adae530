"""The methods as classifiers of scikit-learn."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from dann.sklearn import AdaptationClassifier

Arrays = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


@pytest.mark.slow
@parametrize_with_checks([AdaptationClassifier('CORAL', steps=80, random_state=0)])  # type: ignore[untyped-decorator]
def test_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def blobs(shift: float = 0.0, count: int = 120, seed: int = 0) -> tuple[NDArray[Any], NDArray[Any]]:
    draw = np.random.default_rng(seed)
    y = np.array(['a', 'b', 'c'])[draw.integers(0, 3, count)]
    centres = {'a': (0, 0), 'b': (6, 0), 'c': (0, 6)}
    return draw.normal(size=(count, 2)) + np.array([centres[each] for each in y]) + shift, y


@pytest.fixture(scope='module')
def domains() -> Arrays:
    return (*blobs(), *blobs(1.5, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize('method', [None, 'DANN', 'CORAL', 'MCC', 'MCD', 'SHOT', 'AFN'])
def test_methods_of_every_kind_learn(method: str | None, domains: Arrays) -> None:
    X, y, Xt, yt = domains
    made = AdaptationClassifier(method, steps=200, random_state=0).fit(X, y, Xt)
    assert made.score(X, y) > 0.85  # SHOT trains half of the run on it
    assert made.score(Xt, yt) > 0.8
    assert list(made.classes_) == ['a', 'b', 'c']
    np.testing.assert_allclose(made.predict_proba(Xt).sum(axis=1), 1, atol=1e-5)


def test_domains_may_be_told_by_a_number_as_skada_does(domains: Arrays) -> None:
    X, y, Xt, yt = domains
    one = AdaptationClassifier('MMD', steps=30, random_state=3).fit(X, y, Xt)
    both, domain = np.concatenate([X, Xt]), np.repeat([1, -2], [len(X), len(Xt)])
    masked = np.concatenate([y, np.full(len(yt), 'unknown')])
    other = AdaptationClassifier('MMD', steps=30, random_state=3).fit(both, masked, sample_domain=domain)
    np.testing.assert_array_equal(one.predict_proba(Xt), other.predict_proba(Xt))
    for wrong in (np.ones(len(both)), domain[:-1]):
        with pytest.raises(ValueError, match='above 0 in the source and below 0 in the target'):
            clone(one).fit(both, masked, sample_domain=wrong)
    with pytest.raises(ValueError, match='`Xt` or `sample_domain`, got both'):
        clone(one).fit(both, masked, Xt, sample_domain=domain)


def test_target_samples_matter_and_a_seed_repeats_the_rest(domains: Arrays) -> None:
    X, y, Xt, _ = domains
    first, again, other = (
        AdaptationClassifier('CORAL', steps=30, random_state=0).fit(X, y, target).predict_proba(Xt)
        for target in (Xt, Xt, Xt + 3)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_it_leaves_the_callers_random_numbers_alone(domains: Arrays) -> None:
    X, y, Xt, _ = domains
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    AdaptationClassifier('CORAL', steps=3, random_state=0).fit(X, y, Xt)
    assert torch.equal(torch.rand(3), expected)


def test_it_stands_in_pipelines_and_searches_and_is_pickled(domains: Arrays) -> None:
    X, y, Xt, _ = domains
    line = make_pipeline(StandardScaler(), AdaptationClassifier('CORAL', steps=60, random_state=0))
    line.fit(X, y, adaptationclassifier__Xt=StandardScaler().fit_transform(Xt))
    assert line.score(X, y) > 0.9
    search = GridSearchCV(AdaptationClassifier(steps=20, random_state=0), {'method': ['CORAL', None]}, cv=2)
    assert search.fit(X, y, Xt=Xt).best_score_ > 0.5
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict(Xt), search.predict(Xt))


@pytest.mark.parametrize('channels_last', [True, False])
def test_images_are_classified(channels_last: bool) -> None:
    draw = np.random.default_rng(0)
    y = draw.integers(0, 2, 60)
    images = draw.integers(0, 90, (60, 8, 8, 3))
    images[..., 0] += 120 * y[:, None, None]
    pixels = images.astype(np.uint8)
    pixels = pixels if channels_last else np.moveaxis(pixels, -1, 1)
    from dann.networks import ConvNet

    made = AdaptationClassifier('CORAL', backbone=ConvNet(8, (8,), (3,), (2,)), steps=60, random_state=0)
    made.fit(pixels[:40], y[:40], pixels[40:])
    assert made.score(pixels[40:], y[40:]) > 0.8
    with pytest.raises(ValueError, match=r'X is float64 of shape .*write it as uint8'):
        made.predict(pixels / 255)
    again = made.predict_proba(pixels)
    np.testing.assert_array_equal(made.fit(pixels[:40], y[:40], pixels[40:]).predict_proba(pixels), again)


def test_an_unknown_method_is_compared_with_those_there_are(domains: Arrays) -> None:
    with pytest.raises(ValueError, match=r"unknown method 'DAN'; did you mean 'DANN'\?"):
        AdaptationClassifier('DAN').fit(domains[0], domains[1])
