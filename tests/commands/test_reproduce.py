"""``dann reproduce``: its list, what it answers without a name or data, and a recipe that runs to the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dann.benchmarks.plan.recipes import recipes
from dann.cli import main
from tools.documents.__main__ import main as write_docs

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')
ALL = [(each, row) for each in recipes() for row in each.rows.values()]


def test_a_name_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['reproduce']) == 2
    assert 'see `dann reproduce --list`' in capsys.readouterr().err


def test_the_list_names_every_row_its_data_and_its_minutes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['reproduce', '--list']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(ALL)
    for found, row in ALL:
        line = next(
            line for line in lines if re.match(rf'{re.escape(found.name)} +{re.escape(row.name)} ', line)
        )
        minutes = f'{row.minutes:.0f}' if row.minutes else 'not run'
        assert re.search(rf' {minutes} +{", ".join(row.needs)} ', line)
        assert line.endswith(row.title)


def test_loggers_reach_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def grid(*_: Any, loggers: Any, **__: Any) -> dict[str, str]:
        seen.append(loggers)
        return {}

    monkeypatch.setattr('dann.benchmarks.running.run.run', grid)
    command = ['reproduce', 'digits-full', '--row', 'mnist-usps', '--out', str(tmp_path)]
    assert main([*command, '--logger', 'wandb', '--logger', 'tensorboard']) == 0
    assert seen == [['wandb', 'tensorboard']]


@pytest.fixture
def digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with digits of noise in the published layout, as few as the splits allow."""
    rng = np.random.default_rng(0)
    for name, size, train in (('mnist', 28, 5100), ('usps', 16, 900)):
        (tmp_path / name).mkdir()
        arrays: dict[str, Any] = {}
        for part, count in (('train', train), ('test', 40)):
            arrays[f'x_{part}'] = rng.integers(0, 256, (count, size, size), dtype=np.uint8)
            arrays[f'y_{part}'] = (np.arange(count) % 10).astype(np.uint8)
        np.savez(tmp_path / name / f'{name}.npz', **arrays)
    monkeypatch.setenv('DANN_DATA', str(tmp_path))
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    return tmp_path


@pytest.mark.slow
def test_a_recipe_runs_and_its_numbers_reach_the_page(
    digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = digits / 'digits-full'
    command = [
        'reproduce',
        'digits-full',
        '--row',
        'mnist-usps',
        '--steps',
        '2',
        '--seeds',
        '2',
        '--out',
        str(out),
    ]
    command += ['--methods', 'source_only', 'dann', 'target_supervised']
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert re.search(r'\| dann +\| \d+\.\d \(\d+\.\d, \d+\.\d\) .*\| 95\.7 ', printed)
    assert 'CyCADA (ICML 2018)' in printed
    assert write_docs(['--out', str(digits / 'docs'), '--results', str(out)]) == 0
    page = (digits / 'docs' / 'reproductions.md').read_text()
    section = page.split('### MNIST to USPS, full protocol')[1].partition('###')[0]
    assert re.search(r'\| dann +\| \d+\.\d \(\d+\.\d, \d+\.\d\) ', section)
    assert '2 steps, seeds 0, 1, read at last' in section
    assert 'Not yet measured' not in section
    assert 'Not yet measured here: needs MNIST, USPS.' in page.split('### USPS to MNIST, full protocol')[1]


def test_data_that_is_missing_says_where_to_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv('DANN_DATA', str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(['reproduce', 'dann-jmlr2016', '--row', 'mnist-mnistm', '--steps', '2']) != 0
    error = capsys.readouterr().err
    assert 'MNIST is not in' in error
    assert 'place it as mnist/mnist.npz' in error
    assert str(tmp_path) in error
