"""Runs are numbered, and a refused one leaves no folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from dann.core.errors import CheckError, UserError
from dann.engine.run_folder import kept_if_begun, next_folder


def test_runs_are_numbered_from_the_last(tmp_path: Path) -> None:
    assert next_folder(tmp_path).name == '000'
    for name in ('000', '007', 'kept'):
        (tmp_path / name).mkdir()
    assert next_folder(tmp_path).name == '008'


@pytest.mark.parametrize(
    ('error', 'files', 'kept'),
    [
        (UserError('x'), ['config.yaml'], False),
        (CheckError('x'), ['config.yaml', 'tensorboard/events'], False),
        (UserError('x'), ['config.yaml', 'metrics.csv'], True),
        (UserError('x'), ['checkpoints/last.ckpt'], True),
        (RuntimeError('x'), ['config.yaml'], True),
    ],
)
def test_the_folder_of_a_refused_run_is_gone(
    error: Exception, files: list[str], tmp_path: Path, *, kept: bool
) -> None:
    folder = tmp_path / '000'
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    with pytest.raises(type(error)), kept_if_begun(folder):
        raise error
    assert folder.exists() is kept


def test_a_run_without_a_folder_is_refused_alike() -> None:
    with pytest.raises(UserError), kept_if_begun(None):
        raise UserError('x')
