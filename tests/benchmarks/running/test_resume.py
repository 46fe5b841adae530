"""A killed benchmark continues, and ends with the table of one that was never killed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
import torch
from harness import dann, start, write

TABLES = ('table.md', 'table.csv', 'table.tex', 'results.json')


@pytest.mark.slow
def test_kill_in_the_middle_of_a_job_then_run_again(tmp_path: Path) -> None:
    config, whole, killed = write(tmp_path), tmp_path / 'whole', tmp_path / 'killed'
    assert dann('benchmark', config, '--out', str(whole)).returncode == 0

    process = start('benchmark', config, '--out', str(killed))
    deadline = time.monotonic() + 120
    while not (checkpoints := list(killed.glob('jobs/slow-seed0-*/last.ckpt'))):
        assert time.monotonic() < deadline, 'no checkpoint appeared'
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    job = checkpoints[0].parent
    assert not (job / 'done').exists()

    again = dann('benchmark', config, '--out', str(killed))
    assert again.returncode == 0, again.stderr
    for name in TABLES:
        assert (killed / name).read_bytes() == (whole / name).read_bytes(), name
    for path in whole.glob('jobs/*/weights.pt'):
        left, right = (torch.load(root / path.relative_to(whole))['state_dict'] for root in (whole, killed))
        assert all(torch.equal(left[name], right[name]) for name in left), path.parent.name

    report = (killed / 'report.html').stat()
    third = dann('benchmark', config, '--out', str(killed))
    assert third.returncode == 0
    assert 'jobs to run' not in third.stderr
    assert third.stdout == again.stdout
    assert (killed / 'report.html').stat().st_mtime_ns == report.st_mtime_ns
