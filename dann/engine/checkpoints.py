"""Checkpoints that a command is given: they must be there, and fit the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dann.core.errors import UserError
from dann.core.torch_files import DamagedFileError, load

KEYWORDS = ('best', 'last', 'hpc', 'registry')  # what a training run takes in place of a path
WHERE = 'those of `dann fit` lie in runs/fit/*/checkpoints'


def check_given(command: str, path: str | None) -> None:
    """Raise ``UserError`` where a command that uses a trained network has no checkpoint, or one that is not there.

    Args:
        command: ``fit``, which may begin without, or ``validate`` or ``test``.
        path: As it was given.
    """
    if path is None and command != 'fit':
        raise UserError(
            f'`dann {command}` needs a trained network; pass --ckpt_path FILE, {WHERE}, with the configuration that it '
            'was trained with: --config runs/fit/NUMBER/config.yaml'
        )
    if path is None or (command == 'fit' and path.partition(':')[0] in KEYWORDS):
        return
    if not Path(path).is_file():
        raise UserError(f'there is no checkpoint {path}; {WHERE}')
    if not _is_checkpoint(path):
        raise UserError(
            f'{path} is no checkpoint of a run, or a damaged one; {WHERE}; those of a benchmark are for `dann predict`'
        )


def check_keyword(path: str | None, callbacks: object) -> None:
    """Raise ``UserError`` where ``last`` or ``best`` would be looked for in the new folder of the run itself.

    Args:
        path: As it was given.
        callbacks: Of the configuration, which may keep checkpoints in a folder of their own.
    """
    if path in ('last', 'best') and not callbacks:
        raise UserError(
            f'every run has a folder of its own, so `{path}` is no checkpoint yet; name the file, {WHERE}'
        )


def _is_checkpoint(path: str) -> bool:
    try:
        saved = load(path, map_location='meta')
    except (OSError, DamagedFileError):
        return False
    return isinstance(saved, dict) and {'state_dict', 'pytorch-lightning_version'} <= saved.keys()


@contextmanager
def loading(path: str | None) -> Iterator[None]:
    """Raise ``UserError`` where a checkpoint is of another network."""
    try:
        yield
    except RuntimeError as error:
        if 'loading state_dict' not in str(error):
            raise
        raise UserError(
            f'{path} holds the weights of another network or method; pass the configuration that it was trained with: '
            '--config runs/fit/NUMBER/config.yaml'
        ) from error
