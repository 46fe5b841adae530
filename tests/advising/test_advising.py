"""Advice from Python: what it takes, and that nothing is trained for a request that cannot be carried out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness import configuration
from toy import Toy

from dann.advising import advise, advising
from dann.advising.advising import folder_of
from dann.advising.figures import Distance, Tried
from dann.advising.trial import Asked
from dann.core.errors import CheckError, UserError
from dann.shift.pairs import configured_pair

trained_for = [7]


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
    monkeypatch.setattr(advising, '_tried', lambda *given: {'source_only': Tried(False, 0.5)})
    monkeypatch.setattr(advising, 'steps_within', lambda *given: trained_for[-1])
    monkeypatch.setattr(advising, '_distance', lambda pair: Distance('encoder', 1.5, 0.1, 0.002))
    trained_for[:] = [7]
    return plans


def test_the_steps_that_minutes_allow_are_kept_for_the_same_request(
    trained: list[Any], tmp_path: Path
) -> None:
    said: list[str] = []
    given: dict[str, Any] = {'methods': ['mmd'], 'minutes': 1}
    found = advise('toy', config(), tmp_path, **given, say=said.append)
    assert found.figures.steps == trained[0].steps == 7
    assert said == ['measuring the distance of the domains', 'trying 2 options, 7 steps each']
    trained_for.append(11)
    assert advise('toy', config(), tmp_path, **given).figures.steps == 7
    assert advise('toy', config(), tmp_path, **given | {'minutes': 5}).figures.steps == 11
    assert advise('toy', config(), tmp_path, **given, steps=9).figures.steps == 9
    assert advise('toy', config(), tmp_path, **given).figures.steps == 7


def test_another_request_has_a_folder_of_its_own(tmp_path: Path) -> None:
    asked = Asked('toy', config(), {'mmd': {'alignment': 'MMD'}})
    plans = [
        asked.trial(5),
        asked.trial(6),
        replace(asked, labels=5, held=1).trial(5),
        replace(asked, methods={}).trial(5),
    ]
    assert len({folder_of(tmp_path, 'trial', plan) for plan in plans}) == 4
    assert folder_of(tmp_path, 'trial', plans[0]) == folder_of(tmp_path, 'trial', asked.trial(5))


def test_a_row_that_fails_is_left_out_with_the_reason(
    trained: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[set[str]] = []

    def failing(plan: Any, folder: Path) -> dict[str, str]:
        return {job.name: 'loss became nan' for job in plan.jobs() if job.method == 'mmd'}

    def tried(asked: Any, folder: Path, plan: Any, left_out: set[str]) -> dict[str, Tried]:
        left.append(left_out)
        return {'source_only': Tried(False, 0.5)}

    monkeypatch.setattr(advising, '_trainer', lambda workers, command: failing)
    monkeypatch.setattr(advising, '_tried', tried)
    said: list[str] = []
    assert (
        advise('toy', config(), tmp_path, methods=['mmd'], steps=3, say=said.append).option == 'source_only'
    )
    assert left == [{'mmd'}]
    assert 'mmd is left out: loss became nan' in said


def test_without_the_score_there_is_no_ranking_and_it_says_so(
    trained: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advising, '_tried', lambda *given: {'source_only': Tried(False)})
    with pytest.raises(UserError, match='no option has the score val/infomax'):
        advise('toy', config(), tmp_path, methods=['mmd'], steps=3)


def test_a_batch_is_what_the_smaller_domain_fills(trained: list[Any], tmp_path: Path) -> None:
    small, said = config(), list[str]()
    small['data']['batch_size'] = 59
    advise('toy', small, tmp_path, methods=['mmd'], steps=3, labels=2, say=said.append)
    assert said[0].startswith('batch size 54 instead of 59')
    assert trained[0].data['batch_size'] == 54


def test_figures_hold_the_pair(trained: list[Any], tmp_path: Path) -> None:
    figures = advise('toy', config(), tmp_path, methods=['mmd'], labels=5, steps=3).figures
    assert (figures.source, figures.target, figures.classes) == ('toy/a', 'toy/b', 3)
    assert figures.sizes == {'source': 60, 'target': 60}
    assert (figures.labels, figures.held, figures.full) == (5, 1, 20)
    assert figures.distance == Distance('encoder', 1.5, 0.1, 0.002)
    assert len(set(figures.domains)) == 2


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
        ({'minutes': float('inf')}, CheckError),
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


@pytest.mark.parametrize('given', [{'confirm': True}, {'labels': 5}])
def test_labels_are_asked_of_a_target_that_has_some(
    trained: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]
) -> None:
    monkeypatch.setattr(Toy, 'labelled', property(lambda toy: toy.domain == 'a'))
    with pytest.raises(UserError, match=f'toy/b.*; leave --{next(iter(given))} out'):
        advise('toy', config(), tmp_path, methods=['mmd'], **given)


def test_the_transductive_protocol_has_no_place_for_labels(trained: list[Any], tmp_path: Path) -> None:
    asked = config()
    asked['data']['setting'] = 'transductive'
    with pytest.raises(UserError, match='leave --labels or --protocol out'):
        advise('toy', asked, tmp_path, methods=['mmd'], labels=5)


def test_the_distance_is_that_of_a_fixed_encoder_with_halves_beside_it() -> None:
    pair = configured_pair(config()['data'])
    pair.prepare_data()
    found = advising._distance(pair)
    assert found.on == 'encoder'
    assert found.value > found.halves
    assert 0 < found.p_value < 0.05
