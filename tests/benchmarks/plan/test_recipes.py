"""Recipes are complete, run, and say where each published figure is from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dann import configs
from dann.benchmarks.plan.grid import benchmark, expanded
from dann.benchmarks.plan.recipes import Experiment, Recipe, recipe, recipes
from dann.benchmarks.report.paper_comparison import published_where
from dann.cli import main
from dann.core.errors import UserError
from dann.engine.catalogue import resolve
from dann.reporting.notation import BASELINE
from tools.documents.__main__ import main as write_docs

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')
ALL = [(each, row) for each in recipes() for row in each.rows.values()]
IDS = [f'{each.name}/{row.name}' for each, row in ALL]


def named(config: Any) -> list[str]:
    """Return every short class name in a configuration."""
    if isinstance(config, dict):
        own = [config['class_path']] if 'class_path' in config else []
        return own + [name for value in config.values() for name in named(value)]
    return []


@pytest.mark.parametrize(('found', 'experiment'), ALL, ids=IDS)
def test_a_recipe_is_a_benchmark_of_classes_that_exist(found: Recipe, experiment: Experiment) -> None:
    grid = benchmark(experiment.name, experiment.config)
    assert len(grid.seeds) >= 3
    assert {BASELINE, 'target_supervised'} <= grid.methods.keys()
    for domain in ('source', 'target'):
        assert resolve('dataset', grid.data[domain]['class_path']).__name__ in experiment.needs
    resolve('backbone', grid.model['init_args']['backbone']['class_path'])
    for row in grid.methods.values():
        for kind in ('alignment', 'style'):
            if kind in row:
                resolve(kind, row[kind]['class_path'] if isinstance(row[kind], dict) else row[kind])
        if 'class_path' in row:
            resolve('model', row['class_path'])
    assert experiment.minutes > 0 or {'Torchvision', 'SVHN'} & set(experiment.needs)
    assert found.url.startswith('https://')


@pytest.mark.parametrize(('found', 'experiment'), ALL, ids=IDS)
def test_every_published_figure_is_of_a_row_and_has_a_source(found: Recipe, experiment: Experiment) -> None:
    rows = experiment.config['methods']
    for method, figure in experiment.published.items():
        assert method in rows
        assert 1 < figure <= 100
        assert experiment.cited.get(method) or experiment.where
    text = published_where(experiment, found)
    assert all(method in text for method in experiment.published if experiment.cited)
    assert experiment.published or text == 'No published figure exists for this pair.'


@pytest.mark.parametrize('name', ['gtsrb-bright-to-dark', 'amos-day-to-night'])
def test_real_shifts_have_the_methods_of_the_built_in_benchmark_unchanged(name: str) -> None:
    assert configs.load(name)['methods'] == 'day-to-night'
    assert expanded(configs.load(name))['methods'] == configs.load('day-to-night')['methods']
    assert recipe('real-shifts').rows[name].config['methods'] == configs.load('day-to-night')['methods']


def test_a_name_that_does_not_exist_has_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="did you mean 'dann-jmlr2016'"):
        recipe('dann-jmlr2015')
    with pytest.raises(UserError, match="did you mean 'mnist-mnistm'"):
        recipe('dann-jmlr2016').chosen(['mnist-mnist'])
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
        assert line.endswith(f'{row.minutes:.0f}' if row.minutes else 'not yet run')
        assert ', '.join(row.needs) in line


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
    assert re.search(r'\| dann +\| \d+\.\d ± \d+\.\d .*\| 95\.7 ', printed)
    assert 'CyCADA (ICML 2018)' in printed
    assert write_docs(['--out', str(digits / 'docs'), '--results', str(out)]) == 0
    page = (digits / 'docs' / 'reproductions.md').read_text()
    section = page.split('### MNIST to USPS, full protocol')[1].partition('###')[0]
    assert re.search(r'\| dann +\| \d+\.\d ± \d+\.\d ', section)
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
