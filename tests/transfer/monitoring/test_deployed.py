"""Monitoring from files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from monitored import street_backbone, street_pair, write_street
from training import fit, of_vectors

from dann.core.errors import UserError
from dann.engine.module import AdaptationModule
from dann.engine.trained import TrainedModel, load
from dann.transfer.monitoring import Plan, deployed, monitor
from dann.transfer.monitoring.stream import samples_until
from dann.transfer.monitoring.window import Window


@pytest.fixture(scope='module')
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a network that was trained on street scenes by day for a moment."""
    path = tmp_path_factory.mktemp('model') / 'a.ckpt'
    torch.manual_seed(0)
    model = AdaptationModule(backbone=street_backbone(), num_classes=8, bottleneck=16)
    fit(model, street_pair(), epochs=2).save_checkpoint(path)
    return path


@pytest.fixture(scope='module')
def model(weights: Path) -> TrainedModel:
    return load(weights)


@pytest.fixture(scope='module')
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes at dusk twice, and at night."""
    root = tmp_path_factory.mktemp('scenes')
    write_street(root / 'reference', 200, 0.0, seed=1)
    write_street(root / 'dusk', 200, 0.0, seed=2)
    write_street(root / 'night', 200, 0.7, seed=3)
    return root


def test_dusk_is_no_alarm_and_night_is_one_within_two_hundred_images(
    model: TrainedModel, scenes: Path
) -> None:
    report = monitor(model, scenes / 'reference', [scenes / 'dusk', scenes / 'night'])
    assert all(window.verdict != 'alarm' for window in report.windows[:4])
    until = samples_until(report.windows)
    assert until is not None
    assert until - 200 <= 200
    assert report.alarm
    assert report.reference_samples == 200
    assert (report.windows[0].first, report.windows[3].last) == (
        str(scenes / 'dusk' / '0000.png'),
        str(scenes / 'dusk' / '0199.png'),
    )


def test_a_state_lets_the_next_call_go_on(
    model: TrainedModel, weights: Path, scenes: Path, tmp_path: Path
) -> None:
    state = tmp_path / 'state.json'
    whole = monitor(model, scenes / 'reference', [scenes / 'dusk', scenes / 'night'])
    found: list[Window] = []
    for name in ('dusk', 'night'):
        report = monitor(model, scenes / 'reference', [scenes / name], state=state, weights=weights)
        found += report.windows
    assert tuple(found) == whole.windows
    kept = json.loads(state.read_text())
    assert (kept['windows'], kept['samples']) == (8, 400)
    assert kept['first_alarm'] == next(each.number for each in found if each.verdict == 'alarm')
    with pytest.raises(UserError, match='another reference'):
        monitor(model, scenes / 'dusk', [scenes / 'night'], state=state, weights=weights)
    plan = Plan(level=0.01)
    with pytest.raises(UserError, match='another level'):
        monitor(model, scenes / 'reference', [scenes / 'dusk'], plan=plan, state=state, weights=weights)
    with pytest.raises(UserError, match='pass its file as `weights` too'):
        monitor(model, scenes / 'reference', [scenes / 'dusk'], state=state)
    with pytest.raises(UserError, match='half of the reference has 100 samples and a window 150'):
        monitor(
            model,
            scenes / 'reference',
            [scenes / 'dusk'],
            plan=Plan(window=150),
            state=state,
            weights=weights,
            simulate=3,
        )
    assert json.loads(state.read_text()) == kept  # a call that fails spends nothing


def test_streams_are_simulated_and_accuracy_is_estimated_where_asked(
    model: TrainedModel, scenes: Path, tmp_path: Path
) -> None:
    for number, name in enumerate(model.classes):
        write_street(tmp_path / name, 3, None, seed=number)
    report = monitor(model, scenes / 'reference', [scenes / 'dusk'], labelled=tmp_path, simulate=5)
    assert report.simulation is not None
    assert report.simulation.streams == 5
    assert all(window.estimates.keys() == {'ATC', 'COT', 'DoC'} for window in report.windows)
    assert report.estimated


def test_files_that_cannot_be_read_are_named_and_the_rest_is_tested(
    model: TrainedModel, scenes: Path, tmp_path: Path
) -> None:
    write_street(tmp_path / 'new', 12, 0.0, seed=5)
    (tmp_path / 'new' / 'broken.png').write_bytes(b'nothing')
    report = monitor(model, scenes / 'reference', [tmp_path / 'new'])
    assert len(report.unreadable) == 1
    assert report.windows[0].samples == 12


def test_vectors_are_monitored_too_and_those_of_another_length_are_refused(tmp_path: Path) -> None:
    loaded = load(of_vectors(tmp_path))
    draw = np.random.default_rng(1)
    samples = {'reference': (200, 3, 0.0), 'same': (50, 3, 0.0), 'moved': (50, 3, 3.0), 'wide': (50, 4, 0.0)}
    for name, (count, width, shift) in samples.items():
        np.save(tmp_path / f'{name}.npy', draw.normal(shift, 1, size=(count, width)))
    paths = [tmp_path / f'{name}.npy' for name in samples]
    report = monitor(loaded, paths[0], paths[1:3])
    assert [window.verdict for window in report.windows] == ['none', 'alarm']
    assert report.windows[0].first == 'same.npy[0]'
    with pytest.raises(
        UserError, match=r'expected float samples of shape \(N, 3\), got float64 of shape \(50, 4\)'
    ):
        monitor(loaded, paths[0], [paths[3]])


def test_streams_that_cannot_be_simulated_are_refused_before_a_window_is_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def watched(*_: object, **__: object) -> None:
        raise AssertionError('a window is tested')

    monkeypatch.setattr(deployed, 'watch', watched)
    loaded, draw = load(of_vectors(tmp_path)), np.random.default_rng(1)
    for name, count in (('reference', 200), ('few', 30), ('new', 10)):
        np.save(tmp_path / f'{name}.npy', draw.normal(size=(count, 3)))
    reference, few, new = (tmp_path / f'{name}.npy' for name in ('reference', 'few', 'new'))
    for place, plan, words in (
        (
            reference,
            Plan(window=101),
            'half of the reference has 100 samples and a window 101 of a simulated',
        ),
        (
            few,
            Plan(window=10),
            'half of the reference has 15 samples, and at least 20 are the reference of a',
        ),
        (
            reference,
            Plan(window=10, permutations=99),
            '99 permutations .* of window 10 of a simulated stream, ',
        ),
    ):
        with pytest.raises(UserError, match=words):
            monitor(loaded, place, [new], plan=plan, simulate=3)
