"""A trained model in use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from photos import Photos, write_image, write_pair
from PIL import Image
from toy import Toy
from training import fit, make, module, of_vectors, outputs, pair

import dann
from dann.core.errors import UserError
from dann.datasets import Augment
from dann.engine.trained import BATCH, TrainedModel, files


@pytest.fixture(scope='module')
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A checkpoint on photographs, and the module that was trained."""
    root = write_pair(tmp_path_factory.mktemp('photos'))
    data = pair(Photos(root, 'day', fit='crop'), Photos(root, 'night', fit='crop'), batch_size=4)
    model = module(make('CORAL'))
    fit(model, data).save_checkpoint(root / 'a.ckpt')
    return root, model


def test_files_arrays_and_pictures_of_one_image_are_the_same(trained: tuple[Path, Any]) -> None:
    root, _ = trained
    path = root / 'night' / 'bus' / '000.png'
    loaded = dann.load(root / 'a.ckpt')
    with Image.open(path) as image:
        picture, pixels = image.copy(), np.asarray(image)
    planes = np.moveaxis(pixels, 2, 0)
    each: list[Any] = [
        path,
        str(path),
        [path],
        picture,
        [picture],
        [pixels],
        pixels[None],
        planes[None],
    ]
    found = [loaded.predict_proba(sample) for sample in each]
    assert all(probabilities.shape == (1, 3) for probabilities in found)
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)
    assert loaded.predict(path) == [loaded.classes[int(found[0].argmax())]]
    assert loaded.predict_proba([picture, pixels]).shape == (2, 3)


def test_predictions_are_those_that_training_scored(trained: tuple[Path, Any]) -> None:
    root, model = trained
    target = Photos(root, 'night', fit='crop')
    target.prepare()
    images = target.images('test')
    with torch.no_grad():
        expected = model.eval()(images[:].float() / 255).numpy()
    paths = [next((root / 'night').rglob(Path(name).name)) for name in target.names('test')]
    found = dann.load(root / 'a.ckpt').predict_proba(paths)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_folders_and_globs_are_the_images_in_them(trained: tuple[Path, Any]) -> None:
    root, _ = trained
    loaded = dann.load(root / 'a.ckpt')
    assert len(loaded.predict(root / 'night')) == 30
    assert len(loaded.predict([root / 'night' / 'bus', root / 'day' / 'car' / '001.png'])) == 11
    assert len(files(str(root / 'night' / 'van' / '*.png'))) == 10
    assert len(files(str(root / '*' / 'van' / '*.png'))) == 20
    assert loaded.features(root / 'night').shape == (30, 6)
    for nothing in (root / 'nowhere', str(root / '*.gif'), root / 'night' / 'none'):
        with pytest.raises(UserError, match='there is no image at'):
            loaded.predict(nothing)


def test_many_samples_pass_in_batches(trained: tuple[Path, Any]) -> None:
    loaded = dann.load(trained[0] / 'a.ckpt')
    pixels = np.random.default_rng(0).integers(0, 256, (2 * BATCH + 3, 8, 8, 3), np.uint8)
    whole = loaded.predict_proba(pixels)
    assert whole.shape == (2 * BATCH + 3, 3)
    np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(whole[-1:], loaded.predict_proba(pixels[-1:]), atol=1e-6)
    np.testing.assert_allclose(whole, loaded.predict_proba(torch.from_numpy(pixels)), atol=1e-6)


def test_the_crop_of_training_is_cut_from_the_centre(tmp_path: Path) -> None:
    model, data = module(), pair(Toy('a'), Toy('b'), augment=Augment(crop=6))
    model = dann.AdaptationModule(3, dann.networks.ConvNet(6, (8,), (3,), (2,)), validators=[])
    fit(model, data).save_checkpoint(tmp_path / 'a.ckpt')
    pixels = np.random.default_rng(0).integers(0, 256, (5, 3, 8, 8), np.uint8)
    with torch.no_grad():
        expected = model.eval()(torch.from_numpy(pixels[:, :, 1:7, 1:7]).float() / 255)
    np.testing.assert_allclose(dann.load(tmp_path / 'a.ckpt').predict_proba(pixels), expected, atol=1e-6)


@pytest.mark.parametrize(
    ('samples', 'said'),
    [
        (np.zeros((2, 8, 8, 3)), 'bring it to 0 ... 255 and write it as uint8'),
        (np.zeros((2, 8, 8, 5), np.uint8), r'expected \(N, H, W\), \(N, H, W, C\)'),
        (np.zeros(5, np.uint8), r'expected \(N, H, W\)'),
        (np.zeros((8, 8, 3), np.uint8), r'give one image as array\[None\]'),
        (np.array(['a', 'b']), 'the array is <U1'),
    ],
)
def test_arrays_of_another_kind_are_refused(trained: tuple[Path, Any], samples: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        dann.load(trained[0] / 'a.ckpt').predict(samples)


def test_grey_images_and_a_fourth_channel_are_taken_as_in_training(trained: tuple[Path, Any]) -> None:
    loaded = dann.load(trained[0] / 'a.ckpt')
    grey = np.random.default_rng(0).integers(0, 256, (4, 9, 7), np.uint8)
    three = np.repeat(grey[..., None], 3, axis=3)
    four = np.concatenate([three, grey[..., None]], axis=3)
    for other in (grey, four, list(grey)):
        np.testing.assert_array_equal(loaded.predict_proba(other), loaded.predict_proba(three))


@pytest.mark.parametrize(
    ('samples', 'said'),
    [
        (np.zeros((2, 4)), r'expected float samples of shape \(N, 3\), got float64 of shape \(2, 4\)'),
        (np.zeros((2, 3), int), 'expected float samples'),
        (np.array([[0, 0, 0], [0, np.nan, 0.0]]), r'sample 1 has nan at \(1,\)'),
        (np.array([[np.inf, 0, 0.0]]), 'sample 0 has inf'),
    ],
)
def test_vectors_of_another_kind_are_refused(samples: Any, said: str, tmp_path: Path) -> None:
    loaded = dann.load(of_vectors(tmp_path))
    assert loaded.predict_proba(np.zeros((2, 3))).shape == (2, 2)
    with pytest.raises(UserError, match=said):
        loaded.predict(samples)


def test_a_model_that_the_rule_did_not_choose_is_told(trained: tuple[Path, Any], tmp_path: Path) -> None:
    content = torch.load(trained[0] / 'a.ckpt', weights_only=True)
    content['card'] |= {'step': 10, 'chosen_step': 5, 'rule': 'val/infomax+guard'}
    torch.save(content, tmp_path / 'weights.pt')
    with pytest.warns(
        UserWarning, match=r'weights of step 10; those of step 5, which val/infomax\+guard chooses'
    ):
        dann.load(tmp_path)


def test_no_sample_and_a_broken_one_are_refused(trained: tuple[Path, Any], tmp_path: Path) -> None:
    loaded = dann.load(trained[0] / 'a.ckpt')
    with pytest.raises(UserError, match='at least one sample'):
        loaded.predict([])
    (tmp_path / 'a.png').write_bytes(b'nothing')
    with pytest.raises(UserError, match=r'cannot read image .*a\.png'):
        loaded.predict([write_image(tmp_path / 'b.png'), tmp_path / 'a.png'])


def test_a_model_says_what_it_is(trained: tuple[Path, Any]) -> None:
    loaded = dann.load(trained[0])  # a folder with one checkpoint
    assert isinstance(loaded, TrainedModel)
    assert repr(loaded) == '<TrainedModel: CORAL, photos/day to photos/night, 3 classes>'
    assert loaded.classes == ('bus', 'car', 'van')
    assert torch.equal(outputs(loaded.module), outputs(trained[1]))
