"""Recipes are complete, run, and say where each published figure is from."""

from __future__ import annotations

from typing import Any

import pytest

from dann import configs
from dann.benchmarks.plan.grid import benchmark, expanded
from dann.benchmarks.plan.recipes import Experiment, Recipe, recipe, recipes
from dann.benchmarks.report.paper_comparison import published_where
from dann.core.errors import UserError
from dann.engine.catalogue import resolve
from dann.reporting.notation import BASELINE

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')
ALL = [(each, row) for each in recipes() for row in each.rows.values()]
NOT_YET_RUN = ('mcd-cvpr2018',)  # their minutes are not known
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
    assert (
        experiment.minutes > 0 or {'Torchvision', 'SVHN'} & set(experiment.needs) or found.name in NOT_YET_RUN
    )
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
    assert configs.load(name)['methods'] == 'day-to-night-scratch'
    assert expanded(configs.load(name))['methods'] == configs.load('day-to-night-scratch')['methods']
    assert (
        recipe('real-shifts').rows[name].config['methods'] == configs.load('day-to-night-scratch')['methods']
    )


def test_a_name_that_does_not_exist_has_a_suggestion() -> None:
    with pytest.raises(UserError, match="did you mean 'dann-jmlr2016'"):
        recipe('dann-jmlr2015')
    with pytest.raises(UserError, match="did you mean 'mnist-mnistm'"):
        recipe('dann-jmlr2016').chosen(['mnist-mnist'])
