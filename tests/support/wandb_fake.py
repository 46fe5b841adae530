"""Weights & Biases in a hundred lines: it keeps what it is told, in the order it was told."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest


class FakeRun:
    """A run; ``breaks`` names what raises."""

    def __init__(self, options: dict[str, Any], breaks: tuple[str, ...]) -> None:
        self.options, self.breaks = options, breaks
        self.rows: list[tuple[int | None, dict[str, Any]]] = []
        self.summary: dict[str, Any] = {}
        self.config: dict[str, Any] = dict(options.get('config') or {})
        self.exit_code: int | None = None

    def log(self, values: dict[str, Any], step: int | None = None) -> None:
        if 'log' in self.breaks:
            raise OSError('the server is on fire')
        self.rows.append((step, values))

    @property
    def history(self) -> dict[int | None, dict[str, Any]]:
        """The rows that W&B would make of the calls: one a step."""
        found: dict[int | None, dict[str, Any]] = {}
        for step, values in self.rows:
            found.setdefault(step, {}).update(values)
        return found

    def finish(self, exit_code: int) -> None:
        assert self.exit_code is None, 'finished twice'
        self.exit_code = exit_code


class FakeWandb(SimpleNamespace):
    """The module; ``runs`` are those that were started."""

    def __init__(self, *breaks: str) -> None:
        super().__init__(runs=[], run=None, breaks=breaks, torn_down=0)

    def init(self, **options: Any) -> FakeRun:
        if 'init' in self.breaks:
            raise RuntimeError('no space\nleft on device')
        assert all(run.exit_code is not None for run in self.runs), 'the run before is not finished'
        self.runs.append(FakeRun(options, self.breaks))
        found: FakeRun = self.runs[-1]
        return found

    def login(self, **_: Any) -> bool:
        if 'network' in self.breaks:
            raise RuntimeError('cannot reach\nhttps://api.wandb.ai')
        return 'login' not in self.breaks

    def teardown(self) -> None:
        self.torn_down += 1

    def Settings(self, **options: Any) -> dict[str, Any]:
        return options

    def Table(self, columns: list[str], data: list[list[Any]]) -> dict[str, Any]:
        return {'columns': columns, 'data': data}

    def Image(self, picture: Any, caption: str) -> dict[str, Any]:
        return {'picture': picture, 'caption': caption}


def install(patch: pytest.MonkeyPatch, *breaks: str) -> FakeWandb:
    """Put a fake in the place of wandb."""
    fake = FakeWandb(*breaks)
    patch.setitem(sys.modules, 'wandb', fake)
    return fake
