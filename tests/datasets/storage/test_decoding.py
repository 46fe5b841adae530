"""Image files become pixels, upright and in three bytes, and what cannot be read is named."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from photos import write_image
from PIL import Image

from dann.core.errors import UserError
from dann.datasets.storage.decoding import NEARLY_BLACK, UnreadableImageError, decoded, image_files


def test_hidden_and_other_files_are_no_images_and_suffixes_come_in_any_case(tmp_path: Path) -> None:
    names = ['b.JPG', 'a.jpeg', 'c.Png', 'sub/d.bmp', 'e.ppm', 'f.webp', 'g.TIF', 'h.jfif', 'i.jp2', 'j.tga']
    for name in names:
        write_image(tmp_path / name)
    (tmp_path / 'notes.txt').touch()
    for name in ('._b.jpg', '.hidden/x.png', '@eaDir/x.png', 'sub/__MACOSX/x.png', '#Recycle/x.png'):
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


def test_the_error_of_a_worker_is_one_line() -> None:
    name = 'dann.datasets.storage.decoding.UnreadableImageError'
    traceback = f'Caught X in worker 0.\nTraceback:\n  File\n{name}: bad a.png\n'
    assert str(UnreadableImageError(traceback)) == 'bad a.png'


def stripes(path: Path, turned: bool = False) -> Path:
    """Write a photograph twice as wide as tall: a red quarter, a green half, a blue quarter."""
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :10, 0] = pixels[:, 10:30, 1] = pixels[:, 30:, 2] = 200
    image, exif = Image.fromarray(pixels), Image.Exif()
    if turned:
        image, exif[0x0112] = image.rotate(90, expand=True), 6
    image.save(path, exif=exif)
    return path


def test_a_crop_keeps_proportions_and_the_middle_and_squashing_keeps_all(tmp_path: Path) -> None:
    for turned in (False, True):
        path = stripes(tmp_path / f'{turned}.png', turned)
        cropped, squashed = decoded(path, 20, fit='crop'), decoded(path, 20)
        assert (cropped == np.array([0, 200, 0])[:, None, None]).all()
        assert (squashed[0, :, :4] > 190).all()
        assert (squashed[2, :, -4:] > 190).all()
        assert np.array_equal(squashed, decoded(path, 20, fit='squash'))


def test_a_crop_is_the_middle_of_the_resized_image(tmp_path: Path) -> None:
    """A slower author: the shorter side becomes 9 pixels, then 9 of the 15 of the longer one are kept."""
    pixels = np.random.default_rng(0).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    path = tmp_path / 'noise.png'
    Image.fromarray(pixels).save(path)
    whole = np.moveaxis(np.asarray(Image.fromarray(pixels).resize((15, 9), Image.Resampling.BILINEAR)), 2, 0)
    assert np.abs(decoded(path, 9, fit='crop').astype(int) - whole[:, :, 3:12]).max() <= 1


def test_a_square_image_is_the_same_either_way(tmp_path: Path) -> None:
    path = write_image(tmp_path / 'square.png')
    assert np.array_equal(decoded(path, 5, fit='crop'), decoded(path, 5))


RAMP = np.linspace(0, 1, 64).reshape(8, 8)


def as_colour_png(path: Path, levels: np.ndarray[Any, Any]) -> None:
    """Write an RGB image of 16 bits, which Pillow reads and does not write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    lines = b''.join(b'\0' + np.repeat(line, 3).astype('>u2').tobytes() for line in levels)
    head = struct.pack('>IIBBBBB', levels.shape[1], levels.shape[0], 16, 2, 0, 0, 0)
    whole = chunk(b'IHDR', head) + chunk(b'IDAT', zlib.compress(lines)) + chunk(b'IEND', b'')
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + whole)


@pytest.mark.parametrize('kind', ['grey.png', 'grey.tif', 'colour.png'])
@pytest.mark.parametrize(('levels', 'faint'), [(65535, False), (8191, False), (4095, True), (255, True)])
def test_fewer_bits_in_sixteen_are_told_of(kind: str, levels: int, faint: bool, tmp_path: Path) -> None:
    path, values = tmp_path / kind, (levels * RAMP).astype(np.uint16)
    if kind.startswith('grey'):
        Image.fromarray(values).save(path)
    else:
        as_colour_png(path, values)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter('always')
        pixels = decoded(path, 8)
    assert [str(warning.message) for warning in told] == [NEARLY_BLACK] * faint
    assert abs(int(pixels.max()) - levels / 257) < 1.5


@pytest.mark.parametrize(
    ('values', 'why'),
    [
        ((RAMP * 1e6).astype(np.int32), 'pixels from 0 to 1000000 have no known range'),
        ((RAMP * 2000 - 1000).astype(np.int32), 'pixels from -1000 to 1000 have no known range'),
        (RAMP.astype(np.float32), 'floating-point pixels have no known range'),
    ],
)
def test_numbers_without_a_range_are_refused(values: Any, why: str, tmp_path: Path) -> None:
    Image.fromarray(values).save(tmp_path / 'a.tif')
    with pytest.raises(UnreadableImageError, match=f'{why}; save it with 8 bits a channel'):
        decoded(tmp_path / 'a.tif', 8)


def test_what_pillow_does_not_read_is_not_called_no_image(tmp_path: Path) -> None:
    (tmp_path / 'a.tif').write_bytes(b'\x89PNG\r\n')
    with pytest.raises(
        UnreadableImageError, match=r'a kind that Pillow does not read.*; save it with 8 bits'
    ):
        decoded(tmp_path / 'a.tif', 8)
    (tmp_path / 'a.tif').write_text('a text')
    with pytest.raises(UnreadableImageError, match=r'\(no image\)'):
        decoded(tmp_path / 'a.tif', 8)


def test_a_dark_image_of_eight_bits_is_what_it_is(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert (saved(tmp_path / 'night.png', Image.new('RGB', (4, 4), (5, 5, 5))) == 5).all()


def test_links_in_a_circle_list_each_image_once(tmp_path: Path) -> None:
    for name in ('bus', 'van'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'a.png').touch()
    (tmp_path / 'bus' / 'again').symlink_to(tmp_path / 'bus')
    (tmp_path / 'bus' / 'other').symlink_to(tmp_path / 'van')
    (tmp_path / 'van' / 'other').symlink_to(tmp_path / 'bus')
    (tmp_path / 'all').symlink_to(tmp_path)
    found = [path.resolve() for path in image_files(tmp_path)]
    assert sorted(found) == [tmp_path / 'bus' / 'a.png', tmp_path / 'van' / 'a.png']


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'shut').mkdir()
    inside = os.scandir

    def refused(path: Path) -> Any:
        if path.name == 'shut':
            raise PermissionError(13, 'Permission denied', str(path))
        return inside(path)

    monkeypatch.setattr(os, 'scandir', refused)
    with pytest.raises(UserError, match=r'cannot read .*shut \(Permission denied\); correct its permissions'):
        image_files(tmp_path)


def test_a_bad_file_is_named_whole_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / 'a\nb\x1b.png'
    path.write_bytes(b'no image')
    with pytest.raises(UnreadableImageError) as raised:
        decoded(path, 4)
    assert str(raised.value) == f'cannot read image {tmp_path}/a\\nb\\x1b.png (no image); mend or remove it'
