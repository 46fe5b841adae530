"""Image files become pixels, upright and in three bytes, and what cannot be read is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from photos import write_image
from PIL import Image

from dann.datasets.storage.decoding import UnreadableImageError, decoded, image_files


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


def test_the_error_of_a_worker_is_one_line() -> None:
    name = 'dann.datasets.storage.decoding.UnreadableImageError'
    traceback = f'Caught X in worker 0.\nTraceback:\n  File\n{name}: bad a.png\n'
    assert str(UnreadableImageError(traceback)) == 'bad a.png'
