"""Both built-in pairs are apart and two halves of one domain are not, by every distance and on few images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dann import configs
from dann.cli import main

SMALL = {'train': 32, 'val': 20, 'test': 160}
PAIRS: dict[str, dict[str, dict[str, Any]]] = {
    'day-to-night': {'source': SMALL, 'target': SMALL},
    'sim-to-real': {'source': SMALL, 'target': {'val': 300, 'test': 500}},
}


def shown(name: str, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    content = configs.load(name)
    for side, options in PAIRS[name].items():
        content['data'][side]['init_args'] = (content['data'][side].get('init_args') or {}) | options
    path = folder / f'{name}.yaml'
    path.write_text(yaml.safe_dump(content))
    capsys.readouterr()
    assert main(['gap', str(path), '--permutations', '199', '--samples', '160', '--json', *more]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def figures(row: dict[str, Any]) -> dict[str, float]:
    found = row['distances']
    return {
        'a_distance': found['a_distance']['value'],
        'mmd': found['mmd']['value'],
        'coral': found['coral'],
        'frechet': found['frechet'],
        'js': found['divergences']['jensen_shannon'],
        'sliced_wasserstein': found['sliced_wasserstein'],
    }


@pytest.mark.slow
@pytest.mark.parametrize('name', PAIRS)
def test_a_pair_is_farther_apart_than_halves(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown(name, tmp_path, capsys)
    for row, half in zip(found['rows'], found['halves_of_the_source'], strict=True):
        apart, together = figures(row), figures(half)
        assert row['gap'] == 'large'
        assert row['distances']['mmd']['p_value'] == 1 / 200
        assert apart['a_distance'] > 1.5 > 0.5 > together['a_distance']
        # without CORAL: its factor 1 / (4 d^2) is another one for halves of so few images, which have half the axes
        for distance in ('mmd', 'frechet', 'js', 'sliced_wasserstein'):
            assert apart[distance] > 1.5 * together[distance], (row['name'], distance)


@pytest.mark.slow
def test_halves_of_the_day_are_rejected_as_seldom_as_they_may(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown('day-to-night', tmp_path, capsys, '--halves', 'source', '--repeats', '100')
    for each in found['repeats']:
        # exact at 5 %: more than 11 of 100 come about once in 200 such series
        assert each['rejected'] <= 11
        assert each['low'] <= 0.05
        assert each['uniform'] > 0.001
