"""Weights & Biases: where its runs go, whether they can start, and one run beside a training."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning.loggers import Logger

from dann.core.errors import UserError
from dann.core.shown import shown
from dann.reporting.saying import say

PROJECT = 'dann'
ONLINE, MODES = ('online', 'shared'), ('online', 'offline', 'disabled', 'shared', 'dryrun')
PATIENCE = (
    '300'  # seconds that the end of a run waits for its upload; the rest stays on disk for `wandb sync`
)


def destination(folder: Path) -> dict[str, Any]:
    """Return the arguments of ``wandb.init`` that say where a run goes; ``WANDB_ENTITY`` it reads itself.

    Args:
        folder: Holds ``wandb/`` where ``WANDB_DIR`` does not name another folder.
    """
    where = Path(os.environ.get('WANDB_DIR') or folder)
    where.mkdir(parents=True, exist_ok=True)
    return {'project': os.environ.get('WANDB_PROJECT') or PROJECT, 'dir': str(where), 'mode': mode()}


def mode() -> str:
    """Return ``WANDB_MODE``; without it ``offline``, so that no image leaves the machine unasked.

    A run that an agent of a sweep has started is ``online``: the sweep waits for its score.
    """
    return os.environ.get('WANDB_MODE') or ('online' if 'WANDB_SWEEP_ID' in os.environ else 'offline')


def check_wandb() -> None:
    """Raise ``UserError`` unless runs can start: wandb is installed and, where they go online, answers this login."""
    if mode() not in MODES:
        raise UserError(
            f'expected WANDB_MODE to be one of {", ".join(MODES)}, got {mode()!r}; set one of them'
        )
    try:
        import wandb
    except ImportError as error:
        raise UserError(
            f'`wandb` cannot be imported ({error}); pip install wandb, or leave that logger out'
        ) from error
    if mode() in ONLINE:
        with own_service():
            _log_in(wandb)


def _log_in(wandb: Any) -> None:
    try:
        known, why = wandb.login(verify=True, force=True), 'no login'
    except Exception as error:
        # wandb raises its own errors, and those of the libraries that it asks the server with
        known, why = False, ' '.join(str(error).split())
    if not known:
        raise UserError(f'W&B cannot be reached ({why}); run `wandb login`, or set WANDB_MODE=offline')


@contextmanager
def own_service() -> Iterator[None]:
    """Stop wandb's helper process at the end, and do not hand it on to the processes that start later."""
    import wandb

    given = os.environ.get('WANDB_SERVICE')
    try:
        yield
    finally:
        if wandb.run is None:  # else it is the caller's
            wandb.teardown()
        if given is None:
            os.environ.pop('WANDB_SERVICE', None)


def _named(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options of a run with names and tags as a page shows them; its configuration stays as it is."""
    found = {key: shown(value) if isinstance(value, str) else value for key, value in options.items()}
    return found | ({'tags': [*map(shown, options['tags'])]} if 'tags' in options else {})


class TrackedRun(Logger):
    """One run of W&B from start to end. What fails there is said once; the training goes on without it.

    Its step is the number of training steps taken, so all that belongs to one evaluation is one row of its history. A
    resumed run continues the same one: W&B ignores the steps that it knows.

    Args:
        folder: Holds ``wandb/``.
        options: Of ``wandb.init``: at least ``id`` and ``name``.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__()
        self._options, self._lost, self._step = _named(options), False, 0
        self._run: Any = None
        # its end waits until all is written, which that of a run alone does not
        self._service = ExitStack()
        with self.beside():
            import wandb

            self._service.enter_context(own_service())
            os.environ.setdefault('WANDB_FINISH_TIMEOUT', PATIENCE)
            settings = wandb.Settings(console='off')
            self._run = wandb.init(**destination(folder), **self._options, resume='allow', settings=settings)

    @property
    def name(self) -> str:
        """What the run is called."""
        return str(self._options['name'])

    @property
    def version(self) -> str:
        """The run's id."""
        return str(self._options['id'])

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Say what fails inside in one line, and log no more, instead of raising it."""
        try:
            yield
        except Exception as error:
            # wandb may raise anything, and no result may be lost to it
            why = ' '.join(f'{type(error).__name__}: {error}'.split())
            if not self._lost:
                say(f'W&B no longer logs {self.name} ({why}); its results are kept')
            self._lost = True

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log numbers at a step; those of an earlier step than the last, which W&B would drop, at the last."""
        self._step = max(self._step, step or 0)
        self._log(dict(metrics))

    def log_hyperparams(self, *_: Any, **__: Any) -> None:
        """Do nothing: the run began with its configuration."""

    def log_table(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Log a table."""
        with self.beside():
            import wandb

            self._log({name: wandb.Table(columns=[*columns], data=[[*row] for row in rows])})

    def log_picture(self, name: str, picture: NDArray[np.uint8], caption: str) -> None:
        """Log a picture, shape ``(H, W, 3)``."""
        with self.beside():
            import wandb

            self._log({name: wandb.Image(picture, caption=caption)})

    def summarise(self, figures: Mapping[str, Any]) -> None:
        """Set figures of the run as a whole."""
        with self.beside():
            if self._run is not None and not self._lost:
                self._run.summary.update(dict(figures))

    def end(self, *, failed: bool = False) -> None:
        """Finish the run."""
        with self.beside():
            if self._run is not None:
                self._run.finish(exit_code=int(failed))
        with self.beside():
            self._service.close()

    def _log(self, values: dict[str, Any]) -> None:
        with self.beside():
            if self._run is not None and not self._lost:
                self._run.log(values, step=self._step or None)
