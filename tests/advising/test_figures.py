"""What is known of a pair is written and read without loss, and is less without labels."""

from __future__ import annotations

import json

import pytest
from advised import figures, outcome

from dann.advising.figures import Figures, Outcome


def test_figures_are_read_as_they_were_written() -> None:
    found = figures(held_out={'source_only': 0.5, 'head_only': 0.7})
    assert Figures.read(json.loads(json.dumps(found.as_json()))) == found


def test_without_labels_nothing_is_left_that_rests_on_them() -> None:
    found = figures(held_out={'source_only': 0.5, 'head_only': 0.7, 'mmd+labels': 0.6}).without_labels()
    assert (found.labels, found.held, [*found.tried]) == (0, 0, ['source_only', 'mmd'])
    assert all(each.held_out is None for each in found.tried.values())
    assert found.distance == figures().distance


def test_full_training_is_read_as_it_was_written() -> None:
    found = outcome(source_only=0.4, mmd=0.5)
    assert Outcome.read(json.loads(json.dumps(found.as_json()))) == found
    assert found.mean('mmd') == pytest.approx(0.5)
    assert found.gain('mmd') == pytest.approx(0.1)
