"""Source samples with labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from photos import Photos, write_domain, write_pair
from training import fit, make, module, pair

from dann.core.errors import UserError
from dann.engine.trained import TrainedModel, load
from dann.transfer.monitoring.labelled import labelled_view


@pytest.fixture(scope='module')
def model(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    folder = tmp_path_factory.mktemp('model')
    root = write_pair(tmp_path_factory.mktemp('photos'))
    data = pair(Photos(root, 'day'), Photos(root, 'night'), batch_size=4)
    fit(module(make('CORAL')), data).save_checkpoint(folder / 'a.ckpt')
    return load(folder / 'a.ckpt')


def test_a_folder_names_the_class_of_its_images(model: TrainedModel, tmp_path: Path) -> None:
    write_domain(tmp_path, 12)
    (tmp_path / 'car' / 'broken.png').write_bytes(b'nothing')
    (tmp_path / '@eaDir').mkdir()
    view, unreadable = labelled_view(model, tmp_path)
    assert view.labels is not None
    assert view.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert len(unreadable) == 1
    expected = model.predict_proba(sorted((tmp_path / 'bus').glob('*.png')))
    assert view.probabilities[:4].numpy() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize('labels', [['car', 'bus', 'van'], [1, 0, 2]])
def test_arrays_have_classes_by_name_or_by_place(
    model: TrainedModel, tmp_path: Path, labels: list[Any]
) -> None:
    images = np.zeros((3, 8, 8, 3), np.uint8)
    np.savez(tmp_path / 'a.npz', x=images, y=np.array(labels))
    view, _ = labelled_view(model, tmp_path / 'a.npz')
    assert view.labels is not None
    assert view.labels.tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ('arrays', 'words'),
    [
        ({'x': np.zeros((3, 8, 8, 3), np.uint8)}, 'cannot read'),
        ({'x': np.zeros((3, 8, 8, 3), np.uint8), 'y': np.zeros(2, int)}, r'y of shape \(2,\)'),
        ({'x': np.array(0.0), 'y': np.array(0)}, r'has x of shape \(\) and y of shape \(\); name a folder'),
        ({'x': np.zeros((1, 8, 8, 3), np.uint8), 'y': np.array([3])}, "unknown class '3'"),
        ({'x': np.zeros((1, 8, 8, 3), np.uint8), 'y': np.array(['cat'])}, "unknown class 'cat'"),
    ],
)
def test_arrays_that_do_not_fit(
    model: TrainedModel, tmp_path: Path, arrays: dict[str, Any], words: str
) -> None:
    np.savez(tmp_path / 'a.npz', **arrays)
    with pytest.raises(UserError, match=words):
        labelled_view(model, tmp_path / 'a.npz')


def test_folders_that_do_not_fit(model: TrainedModel, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r'there are no labelled samples at .*nowhere; name a folder with a folder'
    ):
        labelled_view(model, tmp_path / 'nowhere')
    with pytest.raises(UserError, match='has no folders of images; name a folder with a folder'):
        labelled_view(model, tmp_path)
    (tmp_path / 'cars').mkdir()
    with pytest.raises(UserError, match="unknown class 'cars'; did you mean 'car'"):
        labelled_view(model, tmp_path)
