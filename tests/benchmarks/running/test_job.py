"""One job, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from harness import configuration
from one_job import records, run, toy_job

from dann.benchmarks.plan.grid import Job, benchmark
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.records import read
from dann.benchmarks.running import job as jobs
from dann.benchmarks.running.recorder import Recorder
from dann.core.errors import RunError
from dann.engine.experiment import ExperimentCLI


@pytest.mark.parametrize('freeze', ['all', 'none'])
def test_a_job_killed_after_its_last_step_only_finishes(
    freeze: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configuration()
    config['model']['init_args']['freeze'] = freeze
    job, whole, killed = benchmark('toy', config).jobs()[0], tmp_path / 'whole', tmp_path / 'killed'
    run(job, whole)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(jobs, '_leave_artifacts', die)
        with pytest.raises(KeyboardInterrupt):
            run(job, killed)
    kept = torch.load(killed / 'last.ckpt', weights_only=True)['state_dict']
    assert any('.backbone.' in name for name in kept) == (freeze == 'none')  # only what the run changes
    run(job, killed)
    assert (killed / 'done').exists()
    assert records(killed) == records(whole)
    ours, theirs = (torch.load(folder / 'weights.pt')['state_dict'] for folder in (killed, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for name in ('features.npz', 'confusion.npy'):
        assert (killed / name).exists()


@pytest.mark.parametrize('part', ['head', 'backbone'])
def test_a_checkpoint_without_some_weights_is_refused(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = toy_job()
    with monkeypatch.context() as patch:
        patch.delattr(jobs, '_leave_artifacts')
        with pytest.raises(NameError):
            run(job, tmp_path)
    state = torch.load(tmp_path / 'last.ckpt', weights_only=True)
    del state['state_dict'][next(name for name in state['state_dict'] if f'.{part}.' in name)]
    torch.save(state, tmp_path / 'last.ckpt')
    with pytest.raises(RunError, match=r'another version of dann; delete .* to start that job again'):
        run(job, tmp_path)


@pytest.mark.parametrize('freeze', ['all', 'none'])
def test_a_record_says_how_much_is_trained_and_what_its_features_took(freeze: str, tmp_path: Path) -> None:
    config = configuration(steps=4, evaluations=1)
    config['model']['init_args']['freeze'] = freeze
    run(benchmark('toy', config).jobs()[0], tmp_path)
    (last,) = records(tmp_path)
    weights = torch.load(tmp_path / 'weights.pt')['state_dict']
    trained = {name: value for name, value in weights.items() if freeze == 'none' or '.backbone.' not in name}
    assert last['trained_parameters'] == sum(value.numel() for value in trained.values())
    assert last.get('extraction', 0.0) > 0 or freeze == 'none'
    assert ('extraction' in last) == (freeze == 'all')


@pytest.mark.parametrize(('given', 'recorded'), [(None, 'separate'), ('joint', 'joint')])
def test_a_record_says_how_the_domains_pass_through_batch_norm(
    given: str | None, recorded: str, tmp_path: Path
) -> None:
    config = configuration(steps=4, evaluations=1, methods={'bnm': {'alignment': 'BNM'}})
    config['model']['init_args'] |= {'bottleneck_norm': 'batch', 'batch_norm': given}
    run(benchmark('toy', config).jobs()[0], tmp_path)
    (last,) = records(tmp_path)
    assert last['batch_norm'] == recorded


def test_a_record_of_a_network_without_batch_norm_has_no_policy(tmp_path: Path) -> None:
    run(toy_job(), tmp_path)
    assert 'batch_norm' not in records(tmp_path)[-1]


def staged() -> list[Job]:
    stage = {'class_path': 'Rotation', 'init_args': {'steps': 3, 'batch_size': 8}}
    rows: dict[str, Any] = {'source_only': {}, 'dann': {'alignment': 'DANN'}}
    rows |= {f'{name}+rotation': {**row, 'pretraining': stage} for name, row in rows.items()}
    return benchmark('toy', configuration(methods=rows, seeds=1)).jobs()


def test_a_record_says_from_which_weights_a_run_began_and_what_they_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    said: list[str] = []
    last = {}
    for job in staged():
        run(job, tmp_path / job.name, say=said.append)
        last[job.method] = records(tmp_path / job.name)[-1]
    assert said == ['source_only+rotation, seed 0: pre-training by Rotation, 3 steps']  # once for both rows
    first, second = last['source_only+rotation'], last['dann+rotation']
    assert first['pretrained'] == second['pretrained'] != first['initial_backbone']
    assert first['pretraining'] == second['pretraining'] > 0
    assert not {'pretrained', 'pretraining'} & (last['source_only'].keys() | last['dann'].keys())
    prints = [each['fingerprint']['initial_weights'] for each in last.values()]
    assert len(set(prints)) == 1  # the stage is a row's own; what it began from is not
    assert first['scores'] != last['source_only']['scores']


def test_a_killed_run_with_a_first_stage_goes_on_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = staged()[-1]
    run(job, tmp_path / 'whole')

    saved = Recorder.on_train_epoch_end

    def die(self: Recorder, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        saved(self, trainer, pl_module)
        if trainer.current_epoch == 1:
            raise OSError('killed')

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, 'on_train_epoch_end', die)
        with pytest.raises(OSError, match='killed'):
            run(job, tmp_path / 'killed')
    assert (tmp_path / 'killed' / 'last.ckpt').exists()
    run(job, tmp_path / 'killed')
    assert records(tmp_path / 'killed') == records(tmp_path / 'whole')


def told_right(job: Job, folder: Path) -> float:
    """Accuracy of a job's kept weights on the source's test split, one image at a time."""
    cli = ExperimentCLI(job.config | {'trainer': {'logger': False, 'enable_checkpointing': False}}, run=False)
    cli.model.load_state_dict(torch.load(folder / 'weights.pt')['state_dict'])
    source, network = cli.datamodule.source, cli.model.eval().network
    images, labels = source.images('test')[:], source.labels('test').tolist()
    with torch.no_grad():
        logits = [network(image[None].float() / 255, domain='source').logits.numpy() for image in images]
    return float(np.mean([row.argmax() == label for row, label in zip(logits, labels, strict=True)]))


def test_forgetting_is_what_the_kept_weights_say(tmp_path: Path) -> None:
    rows: dict[str, Any] = {'source_only': {}, 'dann': {'alignment': {'class_path': 'DANN'}}}
    found = benchmark('toy', configuration(methods=rows, seeds=2)).jobs()
    expected: dict[str, list[float]] = {'source_only': [], 'dann': []}
    for job in found:
        run(job, tmp_path / job.name)
        expected[job.method].append(told_right(job, tmp_path / job.name))
    kept = [each for job in found for each in read(tmp_path / job.name / 'records.jsonl')]
    table = build_table(kept, {'select': 'last'})
    cell = next(row for row in table.rows if row.method == 'dann').cells['last']
    one, two = (a - b for a, b in zip(expected['dann'], expected['source_only'], strict=True))
    assert cell.source_difference is not None
    assert cell.source_difference.mean == pytest.approx((one + two) / 2, abs=1e-12)
    # of two: 12.7062047 s / sqrt 2, where s is |one - two| / sqrt 2
    assert cell.source_difference.half_width == pytest.approx(12.7062047 * abs(one - two) / 2, abs=1e-7)


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pytorch_lightning as pl

    from dann.core.errors import RunError

    real, calls = pl.Trainer.save_checkpoint, []

    def save(self: pl.Trainer, path: Path, *args: Any, **kwargs: Any) -> None:
        calls.append(path)
        if len(calls) == 3:
            path.write_bytes(b'half')
            raise OSError(28, 'No space left on device')
        real(self, path, *args, **kwargs)

    monkeypatch.setattr(pl.Trainer, 'save_checkpoint', save)
    with pytest.raises(RunError, match=r'No space left on device.*free the disk and run again'):
        run(toy_job(), tmp_path)
    assert not list(tmp_path.glob('*.draft'))
    state = torch.load(tmp_path / 'last.ckpt', weights_only=True)
    assert state['dann']['step'] == 10
    monkeypatch.undo()
    run(toy_job(), tmp_path)
    assert [record['step'] for record in records(tmp_path)] == [5, 10, 15, 20]
