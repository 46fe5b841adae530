"""A job as one run of Weights & Biases: what it begins and ends with, and that it changes no number."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from harness import configuration, dann
from photos import write_pair
from wandb_fake import FakeRun, install
from wandb_file import kept

from dann.benchmarks.plan.grid import Job, benchmark
from dann.benchmarks.results.records import read
from dann.benchmarks.running import job as jobs
from dann.benchmarks.running import tracking
from dann.core.version import release
from dann.engine.loggers import quiet
from dann.engine.wandb_runs import TrackedRun

DANN: dict[str, Any] = {'dann': {'alignment': 'DANN'}}


def toy_job(methods: dict[str, Any], **changes: Any) -> Job:
    return benchmark('toy', configuration(methods=methods, **changes)).jobs()[0]


def run(job: Job, folder: Path, names: list[str] | None = None) -> None:
    quiet()
    about = {'benchmark': 'toy', 'method': job.method, 'seed': job.seed, 'steps': job.steps, 'run': job.name}
    rest = {'family': 'adversarial', 'source': 'toy/' + 'a' * 80, 'target': 'toy/b', 'protocol': job.protocol}
    identity = {'format': 1, 'uses_target_labels': False, **about, **rest}
    jobs.run_job(job, folder, identity, names=['wandb'] if names is None else names, report=lambda step: None)


def weights(folder: Path) -> str:
    state = torch.load(folder / 'weights.pt')['state_dict']
    return hashlib.sha256(b''.join(state[name].numpy().tobytes() for name in sorted(state))).hexdigest()


def logged(folder: Path, patch: pytest.MonkeyPatch, methods: dict[str, Any]) -> FakeRun:
    fake = install(patch)
    run(toy_job(methods), folder)
    (found,) = fake.runs
    assert isinstance(found, FakeRun)
    return found


def test_a_job_is_one_run_with_its_name_configuration_numbers_and_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = logged(tmp_path, monkeypatch, DANN)
    options = found.options
    assert (options['group'], options['job_type'], options['name']) == ('toy', 'dann', 'dann-seed0')
    assert options['tags'][:3] == ['toy', 'dann', 'adversarial']
    assert options['tags'][-2:] == ['toy/b', f'dann {release()}']
    assert max(map(len, options['tags'])) == 64  # of the source: W&B refuses longer ones
    assert len(options['id']) == 12
    assert found.config['seed'] == found.config['seed_everything'] == 0
    alignment = found.config['model']['init_args']['alignment']
    assert alignment['class_path'].endswith('DANN')
    assert 'hidden' in alignment['init_args']  # those that the job leaves at their defaults too
    assert found.config['fingerprint']['initial_weights']
    history = read(tmp_path / 'records.jsonl')
    assert [*found.history] == [5, 10, 15, 20]
    for record in history:
        row = found.history[record['step']]
        for name, value in record['scores'].items():
            assert row[name] == pytest.approx(value, nan_ok=True), name
    assert 'loss/domain' in found.history[5]
    assert found.exit_code == 0
    assert [step for step, values in found.rows if 'samples' in values] == [20]
    picture = found.history[20]['samples']
    assert picture['caption'] == 'source | target'
    assert picture['picture'].shape == (4 * 58, 2 * 58, 3)  # of eight pixels, seven times larger, in a frame


def test_the_final_table_has_the_last_evaluation_and_the_chosen_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    history: list[Any] = [
        {'step': step, 'run': 'a', 'scores': {'val/infomax': score, 'oracle/target_test_accuracy': step / 10}}
        for step, score in ((5, 0.5), (10, 0.25))
    ]
    history[1]['scores']['val/mmd'] = 3.0  # a dear one, computed last

    found = TrackedRun(tmp_path, id='7', name='dann-seed0')
    monkeypatch.setattr(tracking, '_log_images', lambda *_: None)
    nothing: Any = type('CLI', (), {'model': None, 'datamodule': None})
    tracking.conclude(found, history, 'val/infomax', nothing)
    table = found._run.history[None]['final']
    assert table['columns'] == ['score', 'step 10', 'val/infomax: step 5']
    assert table['data'] == [
        ['oracle/target_test_accuracy', 1.0, 0.5],
        ['val/infomax', 0.25, 0.5],
        ['val/mmd', 3.0, None],
    ]
    assert found._run.summary == {
        'chosen/step': 5,
        'chosen/val/infomax': 0.5,
        'chosen/oracle/target_test_accuracy': 0.5,
    }


def test_a_style_shows_what_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = logged(tmp_path, monkeypatch, {'fda': {'style': 'FDA'}})
    (picture,) = (values['samples'] for _, values in found.rows if 'samples' in values)  # once
    assert picture['caption'] == 'source | target | stylised source'
    source, styled = picture['picture'][:, :58], picture['picture'][:, -58:]
    assert (source != styled).any()


def test_a_killed_job_goes_on_in_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = install(monkeypatch)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(jobs, '_leave_artifacts', die)
        with pytest.raises(KeyboardInterrupt):
            run(toy_job(DANN), tmp_path)
    run(toy_job(DANN), tmp_path)
    run(toy_job(DANN, steps=40), tmp_path / 'longer')
    first, second, other = fake.runs
    assert (first.exit_code, second.exit_code) == (1, 0)
    assert first.options['id'] == second.options['id'] != other.options['id']
    assert {each.options['resume'] for each in fake.runs} == {'allow'}


def test_logging_changes_no_weight_and_its_failure_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = toy_job({'cut': {'style': 'CUT', 'alignment': 'DANN'}})
    run(job, tmp_path / 'plain', [])
    for breaks in ((), ('init',), ('log',)):
        with monkeypatch.context() as patch:
            install(patch, *breaks)
            folder = tmp_path / '-'.join(['logged', *breaks])
            run(job, folder)
        assert (folder / 'done').exists()
        assert weights(folder) == weights(tmp_path / 'plain')
    assert len(capsys.readouterr().err.splitlines()) == 2  # a line for each that failed


@pytest.mark.slow
def test_a_grid_on_own_images_is_four_finished_runs_and_the_numbers_are_those_without(tmp_path: Path) -> None:
    root = write_pair(tmp_path / 'photos', 36)
    sides = {
        end: {'class_path': 'Folder', 'init_args': {'root': str(root), 'domain': domain, 'size': 16}}
        for end, domain in (('source', 'day'), ('target', 'night'))
    }
    rows = {'source_only': {}, 'fda': {'style': 'FDA'}}
    config = configuration(methods=rows, data={**sides, 'batch_size': 8})
    config['model']['init_args']['backbone']['init_args']['image_size'] = 16
    path = tmp_path / 'own.yaml'
    path.write_text(yaml.safe_dump(config))
    folders = {name: tmp_path / name for name in ('logged', 'plain')}
    for name, folder in folders.items():
        chosen = ['--logger', 'wandb'] if name == 'logged' else []
        done = dann('benchmark', str(path), '--out', str(folder), *chosen, WANDB_PROJECT='night')
        assert done.returncode == 0, done.stderr
    runs = [kept(path) for path in folders['logged'].glob('jobs/*/wandb/offline-run-*/*.wandb')]
    assert len(runs) == 4
    for run in runs:
        assert run.exit_code == 0
        assert run.run.project == 'night'
        (job,) = folders['logged'].glob(f'jobs/{run.run.job_type}-seed{run.config["seed"]}-*')
        assert {run.run.job_type, run.run.run_group, f'dann {release()}'} <= {*run.run.tags}
        assert run.config['model']['init_args']['backbone']['class_path'].endswith('ConvNet')
        records = read(job / 'records.jsonl')
        assert [*run.history] == [record['step'] for record in records]
        for record in records:
            for score, value in record['scores'].items():
                assert run.history[record['step']][score] == pytest.approx(value, nan_ok=True), score
        (picture,) = job.glob('wandb/offline-run-*/files/media/images/samples_*.png')
        columns = 3 if run.run.job_type == 'fda' else 2
        assert run.history[records[-1]['step']]['samples/width'] == columns * (4 * 16 + 2)
        assert picture.stat().st_size
        assert weights(job) == weights(folders['plain'] / 'jobs' / job.name)
    again = dann('benchmark', str(path), '--out', str(folders['logged']), '--logger', 'wandb')
    assert again.returncode == 0
    assert len([*folders['logged'].glob('jobs/*/wandb/offline-run-*/*.wandb')]) == 4
    # nothing has changed, the report neither
    assert len([*folders['logged'].glob('wandb/offline-run-*/*.wandb')]) == 1


def test_features_have_no_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    found = TrackedRun(tmp_path, id='7', name='dann-seed0')
    for shape in ((16,), (3, 20), (4, 8, 8)):
        tracking._log_images(found, None, type('Pair', (), {'image_shape': shape}))
    assert found._run.rows == []


def test_what_is_sent_does_not_say_whose_machine_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, 'plain', lambda *_: {'data': {'root': '/home/ann/photos'}})
    cli: Any = type('CLI', (), {'parser': None, 'config': None})
    options = tracking._options(toy_job(DANN), {'benchmark': 'toy'}, cli)
    assert options['config']['data'] == {'root': '…/photos'}
