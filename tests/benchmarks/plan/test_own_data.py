"""A folder of images of one's own trains and reports with one command, and what is missing is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from harness import dann
from photos import CLASSES, write_image, write_pair

from dann.benchmarks.plan.own_data import is_data
from dann.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    return write_pair(tmp_path / 'photos', 36)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


ASKED = ('--source', 'day', '--target', 'night')


def test_one_command_trains_and_reports(photos: Path, tmp_path: Path) -> None:
    rows = ('--methods', 'source_only', 'coral', '--seeds', '1', '--steps', '4', '--size', '16')
    done = dann('benchmark', 'photos/', *ASKED, *rows, cwd=tmp_path, DANN_CACHE=str(tmp_path / 'cache'))
    assert done.returncode == 0, done.stderr
    assert 'batch size 25 instead of 32: photos/day has 25 training images' in done.stdout
    folder = tmp_path / 'runs' / 'photos-day-to-night'
    assert 'photos/day → photos/night' in (folder / 'table.md').read_text()
    assert {row['method'] for row in json.loads((folder / 'results.json').read_text())['rows']} == {
        'source_only',
        'coral',
    }
    assert all(name in (folder / 'report.html').read_text() for name in CLASSES)
    config = yaml.safe_load((folder / 'benchmark.yaml').read_text())
    assert 'image_size' not in config['model']['init_args']['backbone']['init_args']
    assert config['data']['target']['init_args'] == {'root': 'photos', 'domain': 'night', 'size': 16}


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ([], ['has the domains day, night', '`dann benchmark photos --source day --target night`']),
        (['--target', 'day'], ['`dann benchmark photos --source night --target day`']),
        (
            ['--source', 'day', '--target', 'nigth'],
            ["unknown domain of photos 'nigth'", "did you mean 'night'?"],
        ),
        (['--source', 'day', '--target', 'day'], ['paired with itself']),
        ([*ASKED, '--severity', '0.5'], ['has no severity']),
        ([*ASKED, '--methods', 'dan'], ["unknown method 'dan'"]),
        ([*ASKED, '--size', '0'], ['`size` above 0']),
    ],
)
def test_bad_requests(photos: Path, run: Run, arguments: list[str], words: list[str]) -> None:
    status, _, err = run('benchmark', 'photos', *arguments)
    assert status == 2
    assert err.count('dann: ') == 1
    for word in words:
        assert word in err


def test_options_for_own_data_are_for_nothing_else(run: Run, photos: Path) -> None:
    status, _, err = run('benchmark', 'sim-to-real', '--source', 'day')
    assert status == 2
    assert '`--source` is for a folder, .csv, .npz or .npy of your own' in err
    status, _, err = run('benchmark', 'xyz', *ASKED)
    assert "unknown benchmark 'xyz'" in err
    assert 'a folder of images' in err


def test_one_domain_is_too_few(run: Run, photos: Path) -> None:
    (photos / 'night').rename(photos.parent / 'night')
    status, _, err = run('benchmark', 'photos')
    assert status == 2
    assert 'has 1 domain of the two it takes (day)' in err


def test_a_source_without_labels_cannot_be_trained_on(photos: Path, run: Run) -> None:
    write_image(photos / 'dusk' / '0.png')
    status, _, err = run('benchmark', 'photos', '--source', 'dusk', '--target', 'day')
    assert status == 2
    assert 'photos/dusk has no labels; it can only be the target, of `dann fit`, `dann predict` or' in err
    assert err.count('dann: ') == 1


def test_built_in_names_stay_what_they_are(photos: Path) -> None:
    assert is_data('photos')
    assert is_data('labels.csv')
    assert not is_data('a.yaml')
    Path('sim-to-real').mkdir()
    assert not is_data('sim-to-real')


def test_a_target_without_labels_trains_and_is_predicted(
    photos: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        write_image(photos / 'dusk' / f'{number}.png', number, brightness=70)
    data = [
        *('--config', 'own-data', '--data.batch_size', '8', '--data.steps_per_epoch', '2'),
        *('--data.source.root', 'photos', '--data.source.domain', 'day', '--data.source.size', '16'),
        *('--data.target.root', 'photos', '--data.target.domain', 'dusk', '--data.target.size', '16'),
        *('--model.alignment', 'CORAL', '--trainer.accelerator', 'cpu'),
    ]
    status, out, err = run('fit', *data, '--trainer.max_epochs', '2')
    assert status == 0, err
    assert out.count('photos/dusk has no labels: no oracle scores') == 1
    assert 'val/source_accuracy' in out
    assert 'oracle/' not in out
    [checkpoint] = Path('runs/fit').rglob('*.ckpt')
    assert not [name for name in torch.load(checkpoint, weights_only=False)['callbacks'] if 'oracle' in name]
    status, _, err = run('predict', *data, '--ckpt_path', str(checkpoint))
    assert status == 0, err
    lines = Path('predictions.csv').read_text().splitlines()
    assert sorted(line.split(',')[0] for line in lines[1:]) == sorted(
        f'dusk/{number}.png' for number in range(12)
    )
