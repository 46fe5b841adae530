"""A killed benchmark continues, and ends with the table of one that was never killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
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


def children(parent: int) -> list[int]:
    """The processes that a process has started, by the kernel's account."""
    found = Path(f'/proc/{parent}/task/{parent}/children').read_text()
    return [int(each) for each in found.split()]


def begun(folder: Path, process: subprocess.Popen[str]) -> list[int]:
    """The workers, once one of them trains."""
    deadline = time.monotonic() + 120
    while not [*folder.glob('jobs/*/last.ckpt')]:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, 'no checkpoint appeared'
        time.sleep(0.01)
    return children(process.pid)


def gone(workers: list[int]) -> bool:
    deadline = time.monotonic() + 20
    while any(Path(f'/proc/{each}').exists() for each in workers):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.slow
@pytest.mark.skipif(not Path('/proc/self/task').exists(), reason='needs /proc to find the workers')
@pytest.mark.parametrize(('sent', 'status'), [(signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_benchmark_that_is_ended_takes_its_workers_with_it(
    sent: signal.Signals, status: int, tmp_path: Path
) -> None:
    config, out = write(tmp_path, steps=4000), tmp_path / 'out'
    process = start('benchmark', config, '--out', str(out))
    workers = begun(out, process)
    assert workers
    process.send_signal(sent)
    _, said = process.communicate(timeout=60)
    assert process.returncode == status
    if sent != signal.SIGKILL:
        assert said.splitlines()[-1].endswith('the same command continues where it stopped')
        assert 'Traceback' not in said
    assert gone(workers)


BUSY = """
import time
from dann.benchmarks.launchers.local import Worker

class Sleep:
    def __reduce__(self):
        return time.sleep, (600,)

if __name__ == '__main__':
    worker = Worker()
    worker.pipe.send(Sleep())
    print(worker.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path('/proc/self/task').exists(), reason='needs /proc to find the worker')
def test_a_busy_worker_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """It reports nothing for long, as in an evaluation, and so would not notice that nobody listens."""
    (tmp_path / 'busy.py').write_text(BUSY)
    process = subprocess.Popen([sys.executable, tmp_path / 'busy.py'], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    worker = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    assert gone([worker])
