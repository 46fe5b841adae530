"""Advice from Python: what it takes, and that nothing is trained for a request that cannot be carried out."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harness import configuration

from dann.advising import advise, advising
from dann.core.errors import CheckError, UserError


def config() -> dict[str, Any]:
    found = configuration()
    for side in ('source', 'target'):
        found['data'][side]['init_args'] |= {'train': 60, 'val': 24, 'test': 24}
    return found


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The benchmarks that would be trained."""
    plans: list[Any] = []

    def train(plan: Any, folder: Path) -> dict[str, str]:
        plans.append(plan)
        return {}

    monkeypatch.setattr(advising, '_trainer', lambda workers, command: train)
    monkeypatch.setattr(advising, '_tried', lambda asked, folder, plan: {})
    monkeypatch.setattr(advising, 'steps_within', lambda *given: 7)
    return plans


def test_the_steps_that_minutes_allow_are_kept_for_the_next_call(trained: list[Any], tmp_path: Path) -> None:
    said: list[str] = []
    found = advise('toy', config(), tmp_path, methods=['mmd'], minutes=1, say=said.append)
    assert found.figures.steps == trained[0].steps == 7
    assert json.loads((tmp_path / 'steps.json').read_text()) == {'steps': 7}
    assert said == ['measuring the distance of the domains', 'trying 2 options, 7 steps each']
    assert advise('toy', config(), tmp_path, methods=['mmd'], steps=9).figures.steps == 9
    assert advise('toy', config(), tmp_path, methods=['mmd'], minutes=5).figures.steps == 9


def test_figures_hold_the_pair(trained: list[Any], tmp_path: Path) -> None:
    figures = advise('toy', config(), tmp_path, methods=['mmd'], labels=5, steps=3).figures
    assert (figures.source, figures.target, figures.classes) == ('toy/a', 'toy/b', 3)
    assert figures.sizes == {'source': 60, 'target': 60}
    assert (figures.labels, figures.held, figures.full) == (5, 1, 20)
    assert figures.distance.on == 'encoder'
    assert figures.distance.value > figures.distance.halves


def test_too_few_labels_for_a_batch_leave_out_training_on_them_alone(
    trained: list[Any], tmp_path: Path
) -> None:
    advise('toy', config(), tmp_path, methods=['mmd'], labels=2, steps=3)
    assert 'target_only' not in trained[0].methods
    advise('toy', config(), tmp_path / 'more', methods=['mmd'], labels=5, steps=3)
    assert 'target_only' in trained[-1].methods


@pytest.mark.parametrize(
    ('given', 'error'),
    [
        ({'minutes': 0}, CheckError),
        ({'labels': 1}, UserError),
        ({'labels': 30}, UserError),
        ({'methods': ['nothing']}, UserError),
        ({'rules': ['nowhere.Rule']}, UserError),
    ],
)
def test_a_request_that_cannot_be_carried_out_trains_nothing(
    trained: list[Any], tmp_path: Path, given: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        advise('toy', config(), tmp_path / 'out', **given)
    assert not trained
    assert not (tmp_path / 'out').exists()


def test_full_training_needs_labels_of_the_target(
    trained: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = SimpleNamespace(target=SimpleNamespace(labelled=False, name='toy/b'))
    monkeypatch.setattr(advising, '_pair', lambda data, labels: pair)
    with pytest.raises(UserError, match='which toy/b lacks; leave --confirm out'):
        advise('toy', config(), tmp_path, methods=['mmd'], confirm=True)
