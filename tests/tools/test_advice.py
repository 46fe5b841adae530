"""The measured pairs are commands that ``dann`` takes, each run once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from dann.cli import _parser
from tools import advice


def test_every_command_is_one_of_dann() -> None:
    for pair in advice.PAIRS:
        _parser().parse_args(['advise', *pair, *advice.TRIED])
    assert len({advice.folder(pair) for pair in advice.PAIRS}) == len(advice.PAIRS)


def test_what_is_there_is_not_run_again_and_a_failure_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    def dann(command: Sequence[str]) -> int:
        called.append(Path(command[-1]).name)
        return 1 if len(called) == 2 else 0

    monkeypatch.setattr(advice, 'dann', dann)
    first, second, third = map(advice.folder, advice.PAIRS[:3])
    (tmp_path / first).mkdir()
    (tmp_path / first / 'advice.json').write_text('{}')
    assert advice.main(['--out', str(tmp_path)]) == 1
    assert called == [second, third]
