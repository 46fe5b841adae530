"""Recipes of data and weights that are not at hand run end to end on tiny copies of the data."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import named_layouts as layouts
import pytest

from dann import configs
from dann.cli import main
from dann.datasets import Office31, OfficeHome

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings('ignore:.*was published with')]
SMALL = {
    'class_path': 'ConvNet',
    'init_args': {'image_size': 12, 'channels': [4], 'kernels': [3], 'pools': [2]},
}


def office31(root: Path) -> None:
    for number, domain in enumerate(('amazon', 'webcam')):
        layouts.folders(root / 'office31' / domain / 'images', Office31.classes, '.jpg', 100 * number)


def office_home(root: Path) -> None:
    for number, domain in enumerate(('Art', 'Clipart')):
        layouts.folders(root / 'OfficeHome' / domain, OfficeHome.classes, '.jpg', 100 * number)


def visda(root: Path) -> None:
    for number, domain in enumerate(('train', 'validation')):
        layouts.visda(root, domain, 100 * number)


CASES: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    'office31': ('amazon-webcam', '91.4', office31),
    'office-home': ('art-clipart', '', office_home),
    'visda2017': ('train-validation', '57.4', visda),
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Return what runs two methods of a recipe for two steps with two seeds."""
    monkeypatch.setenv('DANN_DATA', str(tmp_path))
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.chdir(tmp_path)

    def reproduce(name: str) -> int:
        row, _, write = CASES[name]
        write(tmp_path)
        options = ['--steps', '2', '--seeds', '2', '--methods', 'source_only', 'dann']
        return main(['reproduce', name, '--row', row, *options])

    return reproduce


def small(name: str, load: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Return a recipe with images of 16 pixels, crops of 12, and a network that needs no weights."""
    recipe = load(name)
    recipe['shared']['model']['init_args']['backbone'] = SMALL
    recipe['shared']['data']['augment']['init_args']['crop'] = 12
    recipe['shared']['data']['batch_size'] = 8
    for row in recipe['rows'].values():
        for domain in ('source', 'target'):
            row['data'][domain]['init_args']['size'] = 16
    return recipe


@pytest.mark.parametrize('name', CASES)
def test_a_recipe_runs_on_a_tiny_copy(
    name: str,
    run: Callable[[str], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    load = configs.load_recipe
    monkeypatch.setattr(configs, 'load_recipe', lambda name: small(name, load))
    assert run(name) == 0
    printed = capsys.readouterr().out
    paper = CASES[name][1]
    assert re.search(rf'\| dann +\| \d+\.\d ± \d+\.\d .*\| {re.escape(paper) or "—"} ', printed)
    assert ('mean class accuracy' in printed) == (name == 'visda2017')


@pytest.mark.skipif(find_spec('torchvision') is not None, reason='torchvision is here')
def test_without_torchvision_the_recipe_says_what_to_install(
    run: Callable[[str], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run('office31') != 0
    assert "pip install 'dann[vision]'" in capsys.readouterr().err
