"""One job, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from harness import configuration

from dann.benchmarks.plan.grid import Job, benchmark
from dann.benchmarks.running import job as jobs
from dann.engine.loggers import quiet


def toy_job(**changes: Any) -> Job:
    return benchmark('toy', configuration(**changes)).jobs()[0]


def run(job: Job, folder: Path) -> None:
    quiet()
    identity = {'format': 1, 'benchmark': 'toy', 'method': job.method, 'seed': job.seed}
    rest = {
        'family': 'reference',
        'uses_target_labels': False,
        'source': 'a',
        'target': 'b',
        'steps': job.steps,
    }
    about = identity | rest | {'run': job.name, 'protocol': job.protocol}
    jobs.run_job(job, folder, about, names=[], report=lambda step: None)


def records(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / 'records.jsonl').read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != 'seconds'} for line in lines]


def test_a_job_killed_after_its_last_step_only_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, whole, killed = toy_job(), tmp_path / 'whole', tmp_path / 'killed'
    run(job, whole)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(jobs, '_leave_artifacts', die)
        with pytest.raises(KeyboardInterrupt):
            run(job, killed)
    assert (killed / 'last.ckpt').exists()
    run(job, killed)
    assert (killed / 'done').exists()
    assert records(killed) == records(whole)
    ours, theirs = (torch.load(folder / 'weights.pt') for folder in (killed, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for name in ('features.npz', 'confusion.npy'):
        assert (killed / name).exists()


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


@pytest.mark.parametrize(
    ('steps', 'evaluations', 'epochs'), [(20, 4, 4), (20, 6, 5), (7, 5, 1), (1, 5, 1), (600, 5, 5)]
)
def test_evaluations_divide_the_steps(steps: int, evaluations: int, epochs: int) -> None:
    assert benchmark('toy', configuration(steps=steps, evaluations=evaluations)).epochs == epochs


def test_jobs_are_named_by_their_content() -> None:
    names = [job.name for job in benchmark('toy', configuration()).jobs()]
    assert len(set(names)) == 8
    assert names == [job.name for job in benchmark('toy', configuration()).jobs()]
    assert not set(names) & {job.name for job in benchmark('toy', configuration(steps=40)).jobs()}


def test_the_reference_row_is_the_target_with_its_labels_and_shares_the_protocol() -> None:
    grid = benchmark('toy', configuration())
    reference = next(job for job in grid.jobs() if job.method == 'target_supervised')
    assert reference.config['data']['source'] == reference.config['data']['target']
    assert reference.config['data']['reference'] is True
    assert len({job.protocol for job in grid.jobs()}) == 1
    others = [job for job in grid.jobs() if job is not reference and job.method != 'target_supervised']
    assert all('reference' not in job.config['data'] for job in others)
