"""Image files become splits with names and labels, and what is wrong with them is said."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from photos import CLASSES, Photos, write_domain, write_image, write_pair
from torch import Tensor

from dann.core.errors import RunError, UserError
from dann.datasets.images import ImageFiles, MappedImages
from dann.datasets.splitting import identities
from dann.datasets.storage.decoding import decoded


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


@pytest.mark.parametrize('keep', ['memory', 'disk'])
def test_a_changed_byte_in_the_cache_is_found(keep: str, root: Path) -> None:
    photos = ready(root, keep=keep)
    [path] = photos.folder.glob('train.images.npy')
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(RunError, match='not what its manifest says; delete'):
        photos.images('train')


def test_a_pipe_among_the_images_is_named_and_not_waited_for(root: Path) -> None:
    photos = Photos(root, 'day')
    pipe = photos.items[0].path.with_name('pipe.png')
    os.mkfifo(pipe)
    assert f'cannot read {pipe} (no regular file); mend or remove' in refusal(root)
