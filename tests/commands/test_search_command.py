"""``dann search``: one folder holds one search, which more trials continue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import assert_refused

from dann.commands import search
from dann.core.errors import UserError

Run = Callable[..., tuple[int, str, str]]
BUDGET: dict[str, Any] = {
    'trials': 3,
    'seeds': 1,
    'steps': 20,
    'select': 'val/infomax',
    'sampler': 'random',
    'seed': 0,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which one run of a search is done."""
    search._claim(tmp_path, BUDGET)
    done = tmp_path / 'trials' / 'jobs' / 'dann' / 'done'
    done.parent.mkdir(parents=True)
    done.touch()
    return tmp_path


def test_more_trials_are_the_same_search(folder: Path) -> None:
    search._claim(folder, BUDGET | {'trials': 9})
    assert json.loads((folder / 'budget.json').read_text()) == BUDGET | {'trials': 9}


@pytest.mark.parametrize('key', [key for key in BUDGET if key != 'trials'])
def test_another_budget_is_another_search(key: str, folder: Path) -> None:
    said = rf'another `{key}` \({BUDGET[key]} there, other here\); pass --out with another folder'
    with pytest.raises(UserError, match=said):
        search._claim(folder, BUDGET | {key: 'other'})
    (folder / 'trials' / 'jobs' / 'dann' / 'done').unlink()
    search._claim(folder, BUDGET | {key: 'other'})


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['sim-to-rael'], ["did you mean 'sim-to-real'?"]),
        (['sim-to-real', '--trials', '0'], ['expected `trials` to be a whole number above 0, got 0']),
        (['sim-to-real', '--seeds', '0'], ['expected `seeds` to be a whole number above 0, got 0']),
        (['sim-to-real', '--steps', '-1'], ['expected `steps` to be a whole number above 0, got -1']),
        (['sim-to-real', '--sampler', 'tep'], ["unknown sampler 'tep'; did you mean 'tpe'?"]),
        (['sim-to-real', '--select', 'last'], ['chooses a checkpoint without a score']),
        (['catalogue'], ['catalogue lists benchmarks and is none itself']),
    ],
)
def test_bad_requests(run: Run, arguments: list[str], words: list[str]) -> None:
    assert_refused(run('search', *arguments), *words)
