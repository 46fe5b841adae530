"""Mutations tried side by side, each in a copy of the tree."""

from __future__ import annotations

import gc
import multiprocessing as mp
import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import cache_from_source
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.mutants.child import NOT_THE_COPY, run_tests
from tools.mutants.mutations import Mutation

# imported once and inherited by every run; nothing that imports `dann`, which each run imports from its copy
PRELOAD = ('pytest', 'numpy', 'scipy.stats', 'sklearn', 'torch', 'pytorch_lightning', 'jsonargparse')
LIMIT = 300.0
LEFT_BEHIND = {'runs', 'build', 'dist'}
FAILED, INTERRUPTED = 1, 2  # pytest's status where a test fails, and where a test file cannot be imported


@dataclass(frozen=True, slots=True)
class Trial:
    """Tests to run, on the code as it is or with a mutation in it.

    Args:
        tests: Arguments of pytest.
        modules: Dotted names of the modules that the tests must import from the copy.
        mutation: What to change first; ``None`` for nothing.
    """

    tests: tuple[str, ...]
    modules: tuple[str, ...]
    mutation: Mutation | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended.

    Args:
        trial: The trial.
        status: ``survived`` where the tests pass, ``killed`` where one fails or the time is up, else ``error``.
        seconds: How long it took.
        output: What pytest printed.
    """

    trial: Trial
    status: str
    seconds: float
    output: str


@dataclass(slots=True)
class Slot:
    """A copy of the tree, the process that runs in it, and the text of the file that it has mutated."""

    folder: Path
    process: BaseProcess
    trial: Trial
    started: float
    original: str = ''


def unmutated(mutations: Sequence[Mutation]) -> list[Trial]:
    """Return one trial without a mutation for each different choice of tests, in the order given."""
    modules: dict[tuple[str, ...], dict[str, None]] = {}
    for each in mutations:
        modules.setdefault(each.tests, {}).update({each.module: None} if each.module else {})
    return [Trial(tests, tuple(names)) for tests, names in modules.items()]


def mutated(mutations: Sequence[Mutation]) -> list[Trial]:
    """Return the trial of each mutation."""
    return [Trial(each.tests, (each.module,) if each.module else (), each) for each in mutations]


class Workshop:
    """Copies of the tree in a temporary folder, which goes with everything that runs in it when the block ends.

    Args:
        root: The tree; it is only read.
        jobs: How many copies, each with one process at a time.
        preload: Modules that are imported before the first trial.
        limit: Seconds after which a trial is ended.
    """

    def __init__(
        self, root: Path, jobs: int, *, preload: Sequence[str] = PRELOAD, limit: float = LIMIT
    ) -> None:
        self.root, self.jobs, self.limit = root, jobs, limit
        self.context = mp.get_context('forkserver')
        self.context.set_forkserver_preload(list(preload))

    def __enter__(self) -> Workshop:
        self.temporary = TemporaryDirectory(prefix='mutants-', ignore_cleanup_errors=True)
        self.free = [Path(self.temporary.name).resolve() / str(number) for number in range(self.jobs)]
        self.busy: list[Slot] = []
        try:
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _prepare(self) -> None:
        """Copy the tree, and import the modules before the first trial, whose time that would count as."""
        for folder in self.free:
            shutil.copytree(self.root, folder / 'tree', symlinks=True, ignore=self._ignored)
        first = self.context.Process(target=gc.collect)
        self.busy.append(Slot(self.free[0], first, Trial((), ()), time.monotonic()))
        first.start()
        first.join()
        self.busy.clear()

    def __exit__(self, *_: object) -> None:
        held = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave the folder
        for slot in self.busy:
            _end(slot.process)
        self.temporary.cleanup()
        signal.signal(signal.SIGINT, held)

    def _ignored(self, folder: str, names: list[str]) -> list[str]:
        top = Path(folder) == self.root
        return [
            name
            for name in names
            if name.startswith('.') or name == '__pycache__' or (top and name in LEFT_BEHIND)
        ]

    def run(self, trials: Sequence[Trial]) -> Iterator[Outcome]:
        """Yield the outcome of each trial as it ends."""
        waiting = list(trials)
        while waiting or self.busy:
            while waiting and self.free:
                self.busy.append(self._start(self.free.pop(), waiting.pop(0)))
            wait([slot.process.sentinel for slot in self.busy], timeout=1)
            for slot in list(self.busy):
                late = time.monotonic() - slot.started > self.limit
                if late or not slot.process.is_alive():
                    yield self._finish(slot, late=late)

    def _start(self, folder: Path, trial: Trial) -> Slot:
        tree, original = folder / 'tree', ''
        if trial.mutation is not None:
            path = tree / trial.mutation.file
            original = path.read_text(encoding='utf-8')
            _write(path, trial.mutation.applied(original))
        process = self.context.Process(
            target=run_tests, args=(tree, trial.tests, trial.modules, folder / 'log')
        )
        started = time.monotonic()
        process.start()
        return Slot(folder, process, trial, started, original)

    def _finish(self, slot: Slot, *, late: bool) -> Outcome:
        _end(slot.process)
        self.busy.remove(slot)
        self.free.append(slot.folder)
        mutation, log = slot.trial.mutation, slot.folder / 'log'
        if mutation is not None:
            _write(slot.folder / 'tree' / mutation.file, slot.original)
        seconds = time.monotonic() - slot.started
        output = log.read_text(errors='replace', encoding='utf-8') if log.exists() else ''
        log.unlink(missing_ok=True)
        shutil.rmtree(slot.folder / 'tmp', ignore_errors=True)
        return Outcome(slot.trial, _status(slot.process.exitcode, late=late), seconds, output)


def _status(code: int | None, *, late: bool) -> str:
    if code == 0:
        return 'survived'
    if code == NOT_THE_COPY:
        return 'error'
    # below 0: a signal ended it, as where a mutation makes a compiled library crash
    return 'killed' if late or code is None or code < 0 or code in (FAILED, INTERRUPTED) else 'error'


def _end(process: BaseProcess) -> None:
    """End a process and all that it started."""
    if process.pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()  # one that has no group of its own yet
    process.join(timeout=10)


def _write(path: Path, text: str) -> None:
    """Write code, and forget its compiled form: Python would not notice a change within one second."""
    path.write_text(text, encoding='utf-8')
    Path(cache_from_source(str(path))).unlink(missing_ok=True)
