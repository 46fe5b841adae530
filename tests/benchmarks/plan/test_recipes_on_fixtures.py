"""Recipes that need ImageNet weights and a GPU run end to end with a small network on small images."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from named_layouts import BY_CLASS, Layout, listing

from dann import configs
from dann.cli import main
from dann.datasets.published.office31 import Office31
from dann.datasets.published.office_home import OfficeHome
from dann.datasets.published.visda2017 import VisDA2017

SMALL = {'image_size': 8, 'channels': [8], 'kernels': [3], 'pools': [2], 'strides': [1]}
# the row, the fixture, the published figure for DANN as it is printed, and the metric
RECIPES = {
    'office31': ('amazon-webcam', 'office31', '91.4', 'accuracy'),
    'office-home': ('art-clipart', 'office-home', '53.8', 'accuracy'),
    'visda2017': ('train-validation', 'visda2017', '79.5', 'mean class accuracy'),
}
LAYOUTS = {
    'office31': Layout(
        Office31, 'office31', '{domain}/images/{label}/frame_{number:04d}.jpg', ('amazon', 'webcam')
    ),
    'office-home': Layout(OfficeHome, 'OfficeHome', BY_CLASS, ('Art', 'Clipart')),
    'visda2017': Layout(
        VisDA2017,
        'visda-2017',
        BY_CLASS,
        ('train', 'validation'),
        suffixes={'train': '.png'},
        lists=listing('{domain}/image_list.txt'),
    ),
}
every_recipe = pytest.mark.parametrize('name', RECIPES)


def shrunk(load: Callable[[str], dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
    """Return a reader of recipes that puts small networks, images and batches in place of the paper's."""

    def read(name: str) -> dict[str, Any]:
        config = load(name)
        if name not in RECIPES:
            return config
        model = config['shared']['model']['init_args']
        assert model['backbone']['class_path'] == 'Torchvision'
        model['backbone'] = {'class_path': 'ConvNet', 'init_args': SMALL}
        config['shared']['data']['batch_size'] = 8
        config['shared']['data']['augment']['init_args']['crop'] = 8
        for row in config['rows'].values():
            for domain in ('source', 'target'):
                row['data'][domain]['init_args']['size'] = 10
        return config

    return read


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv('DANN_DATA', str(tmp_path / 'data'))
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(name: str, root: Path) -> list[str]:
    short = ['--steps', '2', '--seeds', '2', '--methods', 'source_only', 'dann', '--workers', '1']
    return ['reproduce', name, '--row', RECIPES[name][0], '--out', str(root / 'out'), *short]


@pytest.mark.slow
@pytest.mark.filterwarnings('ignore:.*was published with')
@every_recipe
def test_our_numbers_stand_beside_the_papers(
    name: str, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row, fixture, figure, metric = RECIPES[name]
    LAYOUTS[fixture].write(root / 'data')
    monkeypatch.setattr(configs, 'load_recipe', shrunk(configs.load_recipe))
    assert main(command(name, root)) == 0
    printed = capsys.readouterr().out
    assert f'target test {metric} in %, by last' in printed
    dann = next(line for line in printed.splitlines() if line.startswith('| dann '))
    cells = [cell.strip() for cell in dann.strip('|').split('|')]
    assert re.fullmatch(r'\d+\.\d \(\d+\.\d, \d+\.\d\)', cells[1])
    assert cells[4:6] == ['2', figure]
    assert (root / 'out' / row / 'report.html').exists()


@pytest.mark.skipif(find_spec('torchvision') is not None, reason='torchvision is here')
@every_recipe
def test_without_torchvision_the_error_says_what_to_install(
    name: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(name, root)) != 0
    error = capsys.readouterr().err
    assert "install it with pip install -e '.[vision]'" in error
    assert 'Traceback' not in error
