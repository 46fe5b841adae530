"""Features and series of one's own train, report, predict and are measured with one command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from harness import assert_refused, dann
from own_features import drawn, series, write_csv, write_npy, write_npz

from dann import configs
from dann.benchmarks.plan.own_data import configuration, is_data
from dann.cli import main
from dann.engine.sample_files import read_samples

Run = Callable[..., tuple[int, str, str]]
ASKED = ('--source', 'a', '--target', 'b')


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.mark.slow
def test_one_command_trains_and_reports(tmp_path: Path) -> None:
    write_npz(tmp_path)
    rows = ('--methods', 'source_only', 'coral', '--seeds', '1', '--steps', '4', '--workers', '1')
    done = dann('benchmark', 'feats.npz', *ASKED, *rows, cwd=tmp_path, DANN_CACHE=str(tmp_path / 'cache'))
    assert done.returncode == 0, done.stderr
    assert 'batch size 28 instead of 64: feats/a has 28 training samples' in done.stderr
    folder = tmp_path / 'runs' / 'feats-a-to-b'
    assert 'feats/a → feats/b' in (folder / 'table.md').read_text()
    found = {row['method'] for row in json.loads((folder / 'results.json').read_text())['rows']}
    assert found == {'source_only', 'coral'}
    assert (folder / 'figures' / 'features.png').exists()
    assert 'Features before and after adaptation' in (folder / 'report.html').read_text()
    assert not (folder / 'contact.npz').exists()
    [path] = folder.glob('jobs/coral-seed0-*/weights.pt')
    weights = torch.load(path)['state_dict']
    assert weights['network.backbone.learned'] == 28


def test_the_defaults_are_of_features_alone() -> None:
    config = configs.load('own-features')
    assert config['seeds'] == 5
    assert not any('style' in row for row in config['methods'].values() if row)
    assert 'augment' not in config['data']


@pytest.mark.parametrize(
    ('write', 'kind', 'backbone'),
    [
        (write_npz, 'Arrays', 'MLP'),
        (write_npy, 'Arrays', 'MLP'),
        (write_csv, 'FeatureTable', 'MLP'),
        (lambda folder: write_npz(folder, series()), 'Arrays', 'ConvNet1d'),
        (lambda folder: write_npz(folder, series(4)), 'Arrays', 'ConvNet1d'),
    ],
)
def test_every_layout_trains_and_predicts(
    tmp_path: Path, run: Run, write: Callable[[Path], Path], kind: str, backbone: str
) -> None:
    path = write(tmp_path)
    assert is_data(path.name)
    config = configuration(path.name, 'a', 'b')
    assert config['model']['init_args']['backbone']['class_path'] == backbone
    assert config['data']['source'] == {
        'class_path': kind,
        'init_args': {'path': path.name, 'domain': 'a'},
    }
    backbones = {'MLP': ['MLP'], 'ConvNet1d': ['ConvNet1d', '--model.backbone.pool', 'false']}
    data = [
        *('--config', 'own-features', '--data.batch_size', '8', '--data.steps_per_epoch', '2'),
        *('--data.source', kind, '--data.source.path', path.name, '--data.source.domain', 'a'),
        *('--data.target', kind, '--data.target.path', path.name, '--data.target.domain', 'b'),
        *('--model.backbone', *backbones[backbone]),
        *('--model.alignment', 'CORAL', '--trainer.accelerator', 'cpu'),
    ]
    status, _, err = run('fit', *data, '--trainer.max_epochs', '1')
    assert status == 0, err
    [checkpoint] = Path('runs/fit').rglob('best.ckpt')
    status, _, err = run('predict', str(checkpoint), path.name)
    assert status == 0, err
    lines = Path('predictions.csv').read_text().splitlines()
    assert len(lines) == 1 + len(read_samples(path)[0])
    assert lines[1].startswith(f'{path.name}{":" if kind == "FeatureTable" else "["}')


def test_the_gap_is_measured_on_the_features(tmp_path: Path, run: Run) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 4)) + np.repeat([0, 3], 120)[:, None]
    write_npz(tmp_path, {'x': x, 'y': rng.integers(0, 2, 240), 'domain': np.repeat(['a', 'b'], 120)})
    quick = ('--permutations', '199', '--samples', '20', '--split', 'train')
    status, out, err = run('gap', 'feats.npz', *ASKED, *quick)
    assert status == 0, err
    assert 'features: large gap' in out
    assert '20 and 20 samples' in out
    assert 'encoder' not in out.partition('Each row stands')[0]
    refused = run('gap', 'feats.npz', *ASKED, *quick, '--on', 'encoder')
    assert_refused(refused, 'an encoder sees images', 'measure on pixels, the data as they are')


def test_what_is_for_images_is_refused(tmp_path: Path, run: Run) -> None:
    write_npz(tmp_path)
    asked = run('benchmark', 'feats.npz', *ASKED, '--size', '32')
    assert_refused(asked, '`--size` is for images, and feats.npz holds features; leave it out')
    both = [
        *('--data.source', 'Arrays', '--data.source.path', 'feats.npz', '--data.source.domain', 'a'),
        *('--data.target', 'Arrays', '--data.target.path', 'feats.npz', '--data.target.domain', 'b'),
    ]
    styled = run('fit', '--config', 'own-features', *both, '--model.style', 'Reinhard')
    assert_refused(styled, 'Reinhard changes images', 'take a method of features instead')
    augmented = run(
        'fit', '--config', 'own-features', *both, '--data.augment', 'Augment', '--data.augment.shift', '2'
    )
    assert_refused(augmented, '`augment` changes images', 'leave it out')
    folded = run('fit', '--config', 'own-data', *both)
    assert_refused(folded, 'leave it out')


def test_one_domain_is_too_few(tmp_path: Path, run: Run) -> None:
    write_npz(tmp_path, drawn(domain=np.array(['a'] * 80)))
    status, _, err = run('benchmark', 'feats.npz')
    assert status == 2
    assert 'has 1 domain of the two it takes (a); name both in `domain`' in err
