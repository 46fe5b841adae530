"""Image files become pixels, splits and names, and what is wrong with them is said."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from photos import CLASSES, Photos, write_domain, write_image, write_pair
from PIL import Image
from torch import Tensor

from dann.core.errors import UserError
from dann.datasets import DomainPair
from dann.datasets.images import ImageFiles, MappedImages
from dann.datasets.splitting import identities, split
from dann.datasets.storage.decoding import UnreadableImageError, decoded, image_files
from dann.datasets.storage.file_domain import Item


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pair(tmp_path / 'photos')


def ready(root: Path, domain: str = 'day', **options: Any) -> Photos:
    photos = Photos(root, domain, **options)
    photos.prepare()
    return photos


def refusal(root: Path, domain: str = 'day', **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        ready(root, domain, **options)
    return str(caught.value)


def test_images_labels_and_names_belong_together(root: Path) -> None:
    photos = ready(root)
    for part, size in (('train', 21), ('val', 3), ('test', 6)):
        images, labels = photos.images(part), photos.labels(part).tolist()
        assert images.shape == (size, 3, 8, 8)
        names = photos.names(part)
        assert [name.split('/')[:2] for name in names] == [['day', CLASSES[label]] for label in labels]
        for image, name in zip(images[:], names, strict=True):
            assert np.array_equal(image.numpy(), decoded(root / name, 8))


def test_the_cache_is_found_again_after_the_files_have_moved(root: Path, tmp_path: Path) -> None:
    before = ready(root)
    moved = root.rename(tmp_path / 'elsewhere')
    after = Photos(moved)
    assert after.folder == before.folder
    write_image(moved / 'day' / 'bus' / '999.png', 7)
    assert Photos(moved).folder != before.folder


def test_hidden_and_other_files_are_no_images_and_suffixes_come_in_any_case(tmp_path: Path) -> None:
    names = ['b.JPG', 'a.jpeg', 'c.Png', 'sub/d.bmp', 'e.ppm', 'f.webp', 'g.TIF']
    for name in names:
        write_image(tmp_path / name)
    (tmp_path / 'notes.txt').touch()
    for name in ('._b.jpg', '.hidden/x.png'):
        write_image(tmp_path / name)
    found = [path.relative_to(tmp_path).as_posix() for path in image_files(tmp_path)]
    assert found == sorted(names)


def saved(path: Path, image: Image.Image, **options: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    image.save(path, **options)
    return decoded(path, 4)


def test_every_kind_of_pixel_becomes_three_bytes(tmp_path: Path) -> None:
    grey = np.full((4, 4), 130, np.uint8)
    deep = grey.astype(np.uint16) * 257
    path = tmp_path / 'image.png'
    for image in (Image.fromarray(grey), Image.fromarray(deep), Image.fromarray(grey).convert('P')):
        assert (saved(path, image) == 130).all()
    assert (saved(tmp_path / 'deep.tif', Image.fromarray(deep)) == 130).all()
    assert abs(saved(tmp_path / 'ink.jpg', Image.fromarray(grey).convert('CMYK')).astype(int) - 130).max() < 5
    clear = np.zeros((4, 4, 4), np.uint8)
    clear[:, 2:] = (10, 20, 30, 255)
    half = saved(path, Image.fromarray(clear))
    assert (half[:, :, :2] == 255).all()
    assert (half[:, :, 2:] == np.array([10, 20, 30])[:, None, None]).all()
    palette = Image.fromarray(grey).convert('P')
    assert (saved(path, palette, transparency=palette.getpixel((0, 0))) == 255).all()


def test_an_image_stands_as_its_exif_says(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[0] = 250
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    upright = saved(tmp_path / 'turned.png', Image.fromarray(pixels), exif=exif)
    assert (upright[:, :, 3] == 250).all()
    assert (upright[:, :, :3] == 0).all()


@pytest.mark.parametrize('keep', ['memory', 'disk', 'files'])
def test_bad_files_are_named_with_the_next_step_and_leave_nothing(root: Path, keep: str) -> None:
    (root / 'day' / 'bus' / 'empty.png').touch()
    (root / 'day' / 'car' / 'text.jpg').write_text('hello')
    message = refusal(root, keep=keep)
    assert 'bus/empty.png (an empty file), ' in message
    assert 'car/text.jpg (no image)' in message
    assert message.endswith(f'dann data check {root}`')
    assert not [path for path in (root.parent / 'cache').iterdir() if any(path.iterdir())]


def test_five_bad_files_are_enough(root: Path) -> None:
    for number in range(9):
        (root / 'day' / 'bus' / f'empty{number}.png').touch()
    message = refusal(root)
    assert message.count('an empty file') == 5
    assert ' and more; mend' in message


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def test_a_truncated_file_is_found_when_it_is_decoded(root: Path) -> None:
    truncate(root / 'day' / 'bus' / '003.png')
    assert 'bus/003.png (' in refusal(root)


def test_the_error_of_a_worker_is_one_line() -> None:
    name = 'dann.datasets.storage.decoding.UnreadableImageError'
    traceback = f'Caught X in worker 0.\nTraceback:\n  File\n{name}: bad a.png\n'
    assert str(UnreadableImageError(traceback)) == 'bad a.png'


def test_copies_in_a_split_have_ids_of_their_own_and_stay_together(root: Path) -> None:
    for number in range(5):
        shutil.copy(root / 'day' / 'bus' / '000.png', root / 'day' / 'bus' / f'copy{number}.png')
    for seed in range(4):
        photos = ready(root, seed=seed)
        ids = [name for part in ('train', 'val', 'test') for name in photos.ids(part)]
        assert len(set(ids)) == 35
        copies = {name.partition('#')[0] for name in ids if '#' in name}
        assert len(copies) == 1
        parts = [part for part in ('train', 'val', 'test') if copies & set(photos.ids(part))]
        assert len(parts) == 1
    assert identities(['a', 'b', 'a', 'a']).tolist() == ['a', 'b', 'a#2', 'a#3']


def pair(root: Path, **options: Any) -> DomainPair:
    data = DomainPair(Photos(root, 'day'), Photos(root, 'night'), **{'batch_size': 6, **options})
    data.prepare_data()
    data.setup()
    return data


def test_an_image_in_both_domains_is_refused_by_its_names(root: Path) -> None:
    shutil.copy(root / 'day' / 'bus' / '000.png', root / 'night' / 'bus' / 'mine.png')
    with pytest.raises(UserError, match=r'sample day/bus/000.png is in photos/day .* as night/bus/mine.png'):
        pair(root)


class Published(Photos):
    """Says for images with an odd number that they are for the test."""

    def listing(self) -> list[Item]:
        return [
            Item(item.path, item.label, 'test' if item.path.stem[-1] in '13579' else 'train')
            for item in super().listing()
        ]


def test_an_image_in_two_published_splits_is_refused_by_name(root: Path) -> None:
    shutil.copy(root / 'day' / 'bus' / '000.png', root / 'day' / 'bus' / '001.png')
    data = DomainPair(Published(root, 'day'), Photos(root, 'night'), batch_size=6)
    data.prepare_data()
    with pytest.raises(
        UserError, match=r'day/bus/00[01]\.png of photos/day is in the (train|val) and in the test'
    ):
        data.setup()


def test_a_class_without_images_and_an_unknown_class_are_refused(root: Path) -> None:
    shutil.rmtree(root / 'day' / 'van')
    assert 'class van of photos/day has no image' in refusal(root)
    write_domain(root / 'day', classes=('bus', 'car', 'vann'))
    message = refusal(root)
    assert 'unknown class of ' in message
    assert "did you mean 'van'?" in message


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    write_domain(tmp_path / 'day', 4)
    assert 'the val split of photos/day has no image of 4; add some' in refusal(tmp_path)


@pytest.mark.parametrize(
    'option', [{'val': 0}, {'val': 0.5, 'test': 0.5}, {'keep': 'ram'}, {'size': 0}, {'seed': -1}]
)
def test_options_out_of_range_are_refused(root: Path, option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match='expected'):
        Photos(root, **option)


def drawn(count: int, **options: Any) -> dict[str, list[int]]:
    given: dict[str, Any] = {
        'published': [None] * count,
        'labels': [index % 2 for index in range(count)],
        'contents': [str(index) for index in range(count)],
        'val': 0.1,
        'test': 0.2,
        'seed': 0,
    }
    return split(**given | options)


def test_splits_divide_the_images_and_depend_on_the_seed() -> None:
    parts = drawn(50)
    assert {name: len(part) for name, part in parts.items()} == {'train': 35, 'val': 5, 'test': 10}
    assert sorted(index for part in parts.values() for index in part) == list(range(50))
    assert drawn(50, seed=1) != parts == drawn(50)


def test_a_published_split_is_left_alone_and_the_missing_one_is_drawn_from_training() -> None:
    published = ['test'] * 10 + ['train'] * 40
    for given in (published, ['test'] * 10 + [None] * 40):
        parts = drawn(50, published=given)
        assert parts['test'] == list(range(10))
        assert len(parts['val']) == 4
    whole = published[:-5] + ['val'] * 5
    assert drawn(50, published=whole)['val'] == list(range(45, 50))


@pytest.mark.parametrize('seed', range(30))
def test_training_lacks_no_class_that_has_three_images(seed: int) -> None:
    labels = [0] * 14 + [1] * 3 + [2] * 3
    parts = drawn(20, labels=labels, val=0.3, test=0.4, seed=seed)
    assert Counter(labels[index] for index in parts['train']).keys() == {0, 1, 2}
    assert sum(map(len, parts.values())) == 20


def test_a_drawn_split_has_two_of_six() -> None:
    assert {name: len(part) for name, part in drawn(6).items()} == {'train': 2, 'val': 2, 'test': 2}


def test_where_pixels_are_is_decided_by_their_size(root: Path) -> None:
    photos = ready(root)
    assert photos.kept == 'memory'
    assert isinstance(photos.images('train'), Tensor)
    assert Photos(root, size=5000).kept == 'files'
    assert isinstance(ready(root, keep='disk').images('train'), MappedImages)
    files = ready(root, keep='files')
    assert isinstance(files.images('train'), ImageFiles)
    assert not list(files.folder.glob('*.images.npy'))


@pytest.mark.parametrize('keep', ['disk', 'files'])
def test_lazy_images_are_those_in_memory(root: Path, keep: str) -> None:
    held, lazy = ready(root).images('train')[:], ready(root, keep=keep).images('train')
    assert lazy.shape == held.shape
    assert len(lazy) == len(held)
    for index in (slice(None), slice(3, 9), torch.tensor([4, 0, 4]), torch.arange(21) % 2 == 0):
        assert torch.equal(lazy[index], held[index])


def test_a_file_that_the_listing_has_and_the_disk_has_not(root: Path) -> None:
    photos = Photos(root)
    (photos.items[0].path).unlink()
    with pytest.raises(UserError, match=r'cannot read .*000.png \(No such file'):
        photos.prepare()


def test_long_imports_say_how_far_they_are(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr('dann.datasets.storage.decoding.time.monotonic', lambda: next(clock))
    ready(root)
    assert 'photos/day: decoding: 21 of 21' in capsys.readouterr().err


def test_class_folders_may_be_links(root: Path, tmp_path: Path) -> None:
    (root / 'day' / 'bus').rename(tmp_path / 'bus')
    (root / 'day' / 'bus').symlink_to(tmp_path / 'bus')
    assert len(Photos(root).items) == 30
