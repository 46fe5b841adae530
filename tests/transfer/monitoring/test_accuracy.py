"""Estimates of accuracy, and how far off they are known to be."""

from __future__ import annotations

import pytest
import torch
from monitored import seen

from dann.core.validator import estimators
from dann.core.views import View
from dann.transfer.monitoring.accuracy import errors_in_words, estimated, measured
from dann.transfer.monitoring.plan import Plan


def labelled(view: View) -> View:
    return View(view.features, view.logits, view.predictions)


def test_each_estimate_is_that_of_its_validator() -> None:
    known, window = labelled(seen(40, 0)), seen(30, 1)
    found = estimated(known, window)
    assert found == {type(rule).__name__: rule.score(known, window) for rule in estimators()}
    assert {'ATC', 'COT', 'DoC'} <= found.keys()


def test_what_is_undefined_is_left_out() -> None:
    window = seen(30, 1)
    broken = View(window.features, torch.full_like(window.logits, torch.nan))
    assert estimated(labelled(seen(40, 0)), broken) == {}


def test_errors_are_said_in_points() -> None:
    known = {
        'pairs': 'a to b',
        'windows': 1200,
        'window': 50,
        'networks': 4,
        'errors': {'ATC': {'error': 0.104, 'bias': -0.05, 'worst': 0.25}},
    }
    text = errors_in_words(known)
    assert 'a to b; 1,200 windows of 50 from 4 networks' in text
    assert 'in the mean: ATC 10.4 (bias -5.0, worst 25.0).' in text


def test_every_estimate_has_a_measured_error_on_windows_of_the_default_size() -> None:
    found = measured()
    assert found['errors'].keys() == {type(rule).__name__ for rule in estimators()}
    assert found['window'] == Plan().window
    for each in found['errors'].values():
        assert abs(each['bias']) <= each['error'] <= each['worst'] <= 1
    assert errors_in_words() == pytest.approx(errors_in_words(found))
