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
