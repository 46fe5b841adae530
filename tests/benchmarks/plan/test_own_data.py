"""A folder of images of one's own trains and reports with one command, and what is missing is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from harness import dann
from own_features import drawn, rows_of, write_csv
from photos import CLASSES, write_domain, write_image, write_pair

from dann.benchmarks.plan import own_data
from dann.benchmarks.plan.own_choices import Choices
from dann.benchmarks.plan.own_data import configuration, is_data, title
from dann.cli import main
from dann.core.errors import UserError
from dann.datasets import Folder

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


@pytest.mark.slow
def test_one_command_trains_and_reports(photos: Path, tmp_path: Path) -> None:
    rows = (
        '--methods',
        'source_only',
        'mmd',
        '--seeds',
        '1',
        '--steps',
        '4',
        '--size',
        '16',
        '--backbone',
        'ConvNet',
    )
    done = dann('benchmark', 'photos/', *ASKED, *rows, cwd=tmp_path, DANN_CACHE=str(tmp_path / 'cache'))
    assert done.returncode == 0, done.stderr
    assert 'batch size 25 instead of 32: photos/day has 25 training images' in done.stderr
    folder = tmp_path / 'runs' / 'photos-day-to-night'
    assert 'photos/day → photos/night' in (folder / 'table.md').read_text()
    assert {row['method'] for row in json.loads((folder / 'results.json').read_text())['rows']} == {
        'source_only',
        'mmd',
    }
    assert all(name in (folder / 'report.html').read_text() for name in CLASSES)
    config = yaml.safe_load((folder / 'benchmark.yaml').read_text())
    assert config['model']['init_args']['backbone']['init_args']['channels'] == [16, 32, 64]
    assert config['splits'] == 'per seed'
    assert config['data']['augment']['init_args'] == {'shift': 3, 'flip': True}
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
        (['--source', 'day', '--target', 'day'], ['name two different domains']),
        ([*ASKED, '--severity', '0.5'], ['has no severity']),
        ([*ASKED, '--methods', 'dan'], ["unknown method 'dan'"]),
        ([*ASKED, '--size', '0'], ['`--size` from 1']),
        ([*ASKED, '--backbone', 'ResNet'], ["unknown backbone 'ResNet'; did you mean 'LeNet'?"]),
        ([*ASKED, '--freeze', 'top'], ["`--freeze` to be all, none or a number of blocks, got 'top'"]),
        ([*ASKED, '--freeze', '99'], ['`freeze` of at most the 9 blocks of EfficientNetLite, got 99']),
        ([*ASKED, '--size', '16'], ['expected images (3, H, W) of at least 32 pixels a side']),
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


def test_each_seed_draws_its_splits_where_the_test_split_is_small_and_not_published(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert configuration('photos', 'day', 'night')['splits'] == 'per seed'
    monkeypatch.setattr(own_data, 'SMALL', 7)  # of 36 images, 7 are drawn
    assert 'splits' not in configuration('photos', 'day', 'night')
    monkeypatch.undo()
    for split, count in (('train', 30), ('test', 6)):
        write_domain(photos / 'dusk' / split, count, brightness=count)
    assert 'splits' not in configuration(str(photos), 'day', 'dusk')
    assert 'splits' not in configuration(str(photos), 'day', 'night', command='gap')


def test_no_seed_leaves_fewer_training_images_than_was_counted(photos: Path) -> None:
    shutil.rmtree(photos / 'night')
    write_domain(photos / 'night', 24, brightness=40)
    for number in range(6):
        shutil.copy(photos / 'night' / 'bus' / '000.png', photos / 'night' / 'bus' / f'copy{number}.png')
    domain = Folder('photos', 'night', size=8)
    least = own_data.fewest(domain, 'target')
    sizes = [len(Folder('photos', 'night', size=8, seed=seed).ids('train')) for seed in range(12)]
    assert least <= min(sizes)
    assert len(domain.ids('train')) + len(domain.ids('val')) + len(domain.ids('test')) == 30
    assert own_data.fewest(domain, 'target', 'transductive') <= 30
    assert own_data.fewest(Folder('photos', 'day', size=8), 'source') == 25
    assert own_data.fewest(Folder('photos', 'day', size=8), 'source', 'transductive') == 32


def test_the_transductive_protocol_leaves_out_rows_on_target_labels(photos: Path) -> None:
    config = configuration('photos', 'day', 'night', Choices(protocol='transductive'))
    assert config['data']['setting'] == 'transductive'
    assert 'target_supervised' not in config['methods']
    assert len(config['methods']) == 9
    scratch = configuration('photos', 'day', 'night', Choices(protocol='transductive', backbone='ConvNet'))
    assert [*scratch['methods']] == [*config['methods']]
    assert title('photos', 'day', 'night', 'transductive') == 'photos-day-to-night-transductive'
    assert (
        title('photos', 'day', 'night', 'inductive')
        == title('photos', 'day', 'night')
        == 'photos-day-to-night'
    )


@pytest.mark.slow
def test_pretrained_features_of_photographs_and_both_protocols(photos: Path, run: Run) -> None:
    shutil.rmtree(photos)
    write_pair(photos, 60)
    quick = ('--seeds', '2', '--steps', '60', '--size', '48', '--workers', '1')
    status, out, err = run(
        'benchmark', 'photos', *ASKED, *quick, '--methods', 'source_only', 'dann', 'target_supervised'
    )
    assert status == 0, err
    assert 'target: test accuracy in %, 12 samples' in out
    records = [
        json.loads(line)
        for path in Path('runs/photos-day-to-night/jobs').glob('*/records.jsonl')
        for line in path.read_text().splitlines()
    ]
    tops = [record['scores'] for record in records if record['method'] == 'target_supervised']
    assert (
        max(scores['oracle/target_test_accuracy'] for scores in tops) > 0.6
    )  # of three classes, told by colour
    assert {record['features'] for record in records} == {'bank'}
    assert {record['sizes']['target']['test'] for record in records} == {12}
    banks = {path.name for path in Path('cache/features').glob('[!.]*')}
    assert len(banks) == 4  # both domains, plain and mirrored, whatever the seed
    asked = (*ASKED, *quick, '--protocol', 'transductive', '--methods', 'source_only', 'mmd')
    status, out, err = run('benchmark', 'photos', *asked)
    assert status == 0, err
    assert 'transductive: on all 60 target samples' in out
    assert {path.name for path in Path('cache/features').glob('[!.]*')} == banks
    status, _, err = run('benchmark', 'photos', *asked[:-1], 'target_supervised')
    assert status == 2
    assert "unknown method 'target_supervised'" in err


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
        *('--data.source.root', 'photos', '--data.source.domain', 'day', '--data.source.size', '32'),
        *('--data.target.root', 'photos', '--data.target.domain', 'dusk', '--data.target.size', '32'),
        *('--model.alignment', 'CORAL', '--trainer.accelerator', 'cpu'),
    ]
    status, out, err = run('fit', *data, '--trainer.max_epochs', '2')
    assert status == 0, err
    assert out.count('photos/dusk has no labels: no oracle scores') == 1
    assert 'val/source_accuracy' in out
    assert 'oracle/' not in out
    [checkpoint] = Path('runs/fit').rglob('best.ckpt')
    assert not [name for name in torch.load(checkpoint, weights_only=False)['callbacks'] if 'oracle' in name]
    status, _, err = run('predict', str(checkpoint), 'photos/dusk')
    assert status == 0, err
    lines = Path('predictions.csv').read_text().splitlines()
    assert sorted(line.split(',')[0] for line in lines[1:]) == sorted(
        f'photos/dusk/{number}.png' for number in range(12)
    )


def test_groups_are_an_option_of_both_domains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    rows = rows_of(drawn())
    told = [['side', *rows[0]], *([str(number % 2), *row] for number, row in enumerate(rows[1:]))]
    config = configuration(str(write_csv(tmp_path, told)), 'a', 'b', Choices(groups='side'))
    for side in ('source', 'target'):
        assert config['data'][side]['init_args']['groups'] == 'side'


def of_three(folder: Path) -> Path:
    """Features of the domains a, b and c in one table."""
    return write_csv(folder, rows_of(drawn(count=60) | {'domain': np.repeat(['a', 'b', 'c'], 40)}))


def test_unseen_domains_are_scored_and_have_a_folder_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    table = of_three(tmp_path)
    asked = ('--source', 'a', '--target', 'b', '--unseen', 'c', '--methods', 'source_only', 'coral')
    status, _, err = run('benchmark', str(table), *asked, '--seeds', '2', '--steps', '4', '--workers', '1')
    assert status == 0, err
    folder = tmp_path / 'runs' / 'feats-a-to-b-unseen-c'
    assert '| feats/c ' in (folder / 'table.md').read_text()
    found = json.loads((folder / 'results.json').read_text())['rows'][1]['rules']['last']
    assert 0 <= found['unseen_feats/c'] <= 1
    record = json.loads(next(folder.glob('jobs/*/records.jsonl')).read_text().splitlines()[0])
    assert record['sizes']['unseen/feats/c'].keys() == {'test'}
    assert record['fingerprint']['unseen'] != 'default'
    assert 'unseen/feats/c' in json.loads((folder / 'run.json').read_text())['manifests']


def test_an_unseen_domain_of_the_pair_or_of_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    table = str(of_three(tmp_path))
    for name, said in (('b', 'got feats/b, which the pair has already'), ('d', "'d'")):
        status, _, err = run('benchmark', table, '--source', 'a', '--target', 'b', '--unseen', name)
        assert status == 2
        assert err.count('dann: ') == 1
        assert said in err
    status, _, err = run('benchmark', 'many-sources', '--unseen', 'c')
    assert (status, '`--unseen` is for a folder' in err) == (2, True)


def test_an_unseen_domain_of_other_classes_or_without_labels_is_refused_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    rows = rows_of(drawn(count=60) | {'domain': np.repeat(['a', 'b', 'c'], 40)})
    for said, label in (
        ('feats/c has no labels', ''),
        ('feats/c and feats/b have different classes', 'lorry'),
    ):
        told = [[*row[:-1], label] if row[-2] == 'c' else row for row in rows]
        with pytest.raises(UserError, match=said):
            configuration(str(write_csv(tmp_path, told)), 'a', 'b', unseen=['c'])
