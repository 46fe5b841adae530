"""Jobs on worker processes, one thread each."""

from __future__ import annotations

import gc
import multiprocessing as mp
import os
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from dann.benchmarks.plan.grid import Job
from dann.benchmarks.results.selection import LAST
from dann.core.errors import CheckError, UserError
from dann.core.shown import shown_lines


@dataclass(frozen=True, slots=True)
class Task:
    """A job, with all that a worker needs to run it.

    Args:
        job: The job.
        folder: Where it writes.
        identity: What its records say of the run: versions, device and the fingerprint of the protocol.
        loggers: Loggers besides CSV.
        keep_views: Whether to keep what the network sees at every evaluation.
        rule: Chooses the evaluation whose weights are kept.
    """

    job: Job
    folder: Path
    identity: dict[str, Any]
    loggers: list[Any]
    keep_views: bool = False
    rule: str = LAST


Watch = Callable[[Task, str, Any], None]


class Worker:
    """A process that runs one task after another and reports over a pipe."""

    def __init__(self) -> None:
        context = mp.get_context('spawn')
        self.pipe, child = context.Pipe()
        self.process = context.Process(target=_serve, args=(child,), daemon=True)
        with one_thread():
            self.process.start()
        child.close()
        self.task: Task | None = None

    def give(self, task: Task) -> None:
        """Hand over a task."""
        self.task = task
        with suppress(OSError):  # the process has died; `receive` reports it
            self.pipe.send(task)

    def receive(self) -> tuple[str, Any]:
        """Return the next event; a process that died has failed its task."""
        try:
            event: tuple[str, Any] = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(5)
            code = self.process.exitcode
            why = f'its process ended with status {code}; run again to continue from its checkpoint'
            return 'failed', why
        return event


@contextmanager
def one_thread() -> Iterator[None]:
    """Let processes that start here compute on one thread: NumPy's libraries read the number when they load."""
    before = os.environ.get('OMP_NUM_THREADS')
    os.environ['OMP_NUM_THREADS'] = '1'
    try:
        yield
    finally:
        del os.environ['OMP_NUM_THREADS']
        if before is not None:
            os.environ['OMP_NUM_THREADS'] = before


@contextmanager
def start_workers(count: int) -> Iterator[list[Worker]]:
    """Start ``count`` workers, which takes seconds; all are terminated when the context ends.

    Every process computes on one thread: small networks gain more from a second process than from a second
    thread, and sums come out the same whatever the number of workers.
    """
    workers = [Worker() for _ in range(count)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.process.terminate()


def run_all(tasks: Sequence[Task], workers: list[Worker], watch: Watch) -> dict[str, str]:
    """Run all tasks; a task that fails, or a process that dies, does not stop the others.

    Args:
        tasks: What to run.
        workers: The processes. Replacements for those that die are appended.
        watch: Called with a task and an event: ``step`` with the number of steps taken, ``note`` with a line for the
            user, ``done`` with ``None``, or ``failed`` with the reason.

    Returns:
        The reason of each failure, by the name of the job.
    """
    waiting, failed = list(reversed(tasks)), {}
    pool = list(workers)
    while pool:
        for worker in [worker for worker in pool if worker.task is None]:
            if waiting:
                worker.give(waiting.pop())
            else:
                pool.remove(worker)
        # without a process to wait for, `wait` would never return
        for pipe in wait([worker.pipe for worker in pool], timeout=None if pool else 0):
            worker = next(worker for worker in pool if worker.pipe is pipe)
            event, value = worker.receive()
            assert worker.task is not None
            watch(worker.task, event, value)
            if event in ('step', 'note'):
                continue
            if event == 'failed':
                failed[worker.task.job.name] = str(value)
            worker.task = None
            if not worker.process.is_alive():
                pool.remove(worker)
                pool.append(Worker())
                workers.append(pool[-1])
    return failed


def _end_with_parent() -> None:
    """End this process when its parent does, so that it does not write into the folder of the run that comes next."""
    parent = mp.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _serve(pipe: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # an interrupt reaches every process of the group; the parent decides when this one ends
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import torch

    torch.set_num_threads(1)
    from dann.engine.loggers import quiet

    quiet()
    with suppress(EOFError, BrokenPipeError):
        while True:
            task: Task = pipe.recv()
            gc.collect()  # trainer and module hold each other, and with them the images of the last run
            pipe.send(_outcome(task, pipe))


def _outcome(task: Task, pipe: Connection) -> tuple[str, str | None]:
    """Run a task; return ``done`` and ``None``, or ``failed`` and the reason."""
    from dann.benchmarks.running.job import run_job

    def report(step: int) -> None:
        pipe.send(('step', step))

    def say(line: str) -> None:
        pipe.send(('note', line))

    options: dict[str, Any] = {
        'names': task.loggers,
        'keep_views': task.keep_views,
        'rule': task.rule,
    }
    try:
        run_job(task.job, task.folder, task.identity, report=report, say=say, **options)
    except UserError as error:
        return 'failed', str(error)
    except BrokenPipeError:
        raise
    except CheckError as error:
        return 'failed', ' '.join(str(error).split())
    except OSError as error:
        why = f'{error.strerror or error} ({error.filename or task.folder})'
        return 'failed', f'{why}; free the disk or fix the permissions, and run again to continue'
    except Exception as error:
        with suppress(OSError):
            (task.folder / 'error.log').write_text(
                shown_lines(traceback.format_exc()), encoding='utf-8', errors='backslashreplace'
            )
        why = f'{type(error).__name__}: {error}'.splitlines()[0]
        return 'failed', f'{why}; the traceback is in {task.folder / "error.log"}'
    return 'done', None
