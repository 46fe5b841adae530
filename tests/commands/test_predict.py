"""``dann predict``."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from harness import assert_refused
from photos import Photos, write_image, write_pair
from training import fit, make, module, pair

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model trained on photographs that are gone."""
    folder = tmp_path_factory.mktemp('model')
    root = write_pair(tmp_path_factory.mktemp('photos'))
    data = pair(Photos(root, 'day'), Photos(root, 'night'), batch_size=4)
    fit(module(make('CORAL')), data).save_checkpoint(folder / 'a.ckpt')
    return folder / 'a.ckpt'


@pytest.fixture
def there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with new images in it, some of which are broken."""
    monkeypatch.chdir(tmp_path)
    for number in range(7):
        write_image(Path('new') / f'{number}.jpg', number)
    Path('new/broken.png').write_bytes(b'nothing')
    Path('new/empty.gif').touch()
    Path('new/notes.txt').touch()
    return tmp_path


def rows(path: str = 'predictions.csv') -> list[list[str]]:
    with Path(path).open(newline='') as file:
        return list(csv.reader(file))


def test_new_images_are_predicted_and_broken_ones_are_named(run: Run, checkpoint: Path, there: Path) -> None:
    status, out, err = run('predict', str(checkpoint), 'new')
    assert status == 0, err
    heading, *found = rows()
    assert heading == ['path', 'class', 'confidence', 'bus', 'car', 'van']
    assert [row[0] for row in found] == [f'new/{number}.jpg' for number in range(7)]
    assert all(row[1] == heading[3 + int(np.argmax([float(each) for each in row[3:]]))] for row in found)
    assert 'predictions.csv, 7 samples' in out
    assert 'CORAL, photos/day to photos/night' in out
    assert sorted(line.split(' (')[0] for line in err.splitlines() if line.startswith('dann: ')) == [
        'dann: cannot read image new/broken.png',
        'dann: cannot read image new/empty.gif',
    ]


def test_strict_ends_with_a_status_and_writes_the_rest(run: Run, checkpoint: Path, there: Path) -> None:
    status, _, _ = run('predict', str(checkpoint), 'new', '--strict', '--out', 'out/p.csv')
    assert status == 1
    assert len(rows('out/p.csv')) == 8
    assert run('predict', str(checkpoint), 'new/1.jpg', '--strict')[0] == 0


def test_nothing_is_overwritten(run: Run, checkpoint: Path, there: Path) -> None:
    Path('predictions.csv').write_text('kept')
    assert_refused(run('predict', str(checkpoint), 'new'), 'predictions.csv is there already', '--overwrite')
    assert Path('predictions.csv').read_text() == 'kept'
    assert run('predict', str(checkpoint), 'new', '--overwrite')[0] == 0
    assert len(rows()) == 8


def test_features_are_written_beside_the_table(run: Run, checkpoint: Path, there: Path) -> None:
    status, out, err = run('predict', str(checkpoint), 'new', 'new/*.jpg', '--features', 'f.npy')
    assert status == 0, err
    assert np.load('f.npy').shape == (len(rows()) - 1, 6) == (7, 6)  # each image once
    assert 'f.npy' in out


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (('nope.ckpt', 'new'), ('there is no nope.ckpt',)),
        (('new/notes.txt', 'new'), ('is no checkpoint',)),
        (('new', 'new'), ('new holds no trained network',)),
        (('CHECKPOINT', 'nowhere'), ('there is no image at nowhere',)),
        (('CHECKPOINT', 'new/broken.png'), ('none of the 1 images can be read',)),
        (('CHECKPOINT',), ('the following arguments are required: IMAGES',)),
        ((), ('the following arguments are required',)),
        (('--config', 'x.yaml', '--ckpt_path', 'a.ckpt'), ('see `dann',)),
    ],
)
def test_bad_requests(
    run: Run, checkpoint: Path, there: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    given = [str(checkpoint) if each == 'CHECKPOINT' else each for each in arguments]
    assert_refused(run('predict', *given), *words)
    assert not Path('predictions.csv').exists()
