"""An image of too many pixels is refused before it is decoded, and nothing beside its pixels fills the memory."""

import contextlib
import struct
import tracemalloc
import warnings
import zlib
from pathlib import Path

import pytest
from PIL import Image

from dann.core.limits import TooLargeError
from dann.datasets.checks.checking import check_data
from dann.datasets.storage.decoding import UnreadableImageError, check_header, decoded
from dann.datasets.storage.image_files import opened_image


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack('>L', len(data)) + name + data + struct.pack('>L', zlib.crc32(name + data))


def png(path: Path, side: int, *extra: bytes) -> Path:
    """A grey image that says what its sides are; of its pixels there are two rows."""
    header = chunk(b'IHDR', struct.pack('>LLBBBBB', side, side, 8, 0, 0, 0, 0))
    rows = chunk(b'IDAT', zlib.compress(bytes(side + 1) * min(side, 2)))
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + header + b''.join(extra) + rows + chunk(b'IEND', b''))
    return path


@pytest.mark.parametrize(
    ('side', 'said'), [(14_000, '(at least 178,956,971|196,000,000)'), (40_000, 'at least 357,913,941')]
)
def test_too_many_pixels_are_an_error_before_they_are_decoded(side: int, said: str, tmp_path: Path) -> None:
    path = png(tmp_path / 'bomb.png', side)
    line = rf'bomb.png \(has {said} pixels, and 178,956,970 are decoded at most; .*DANN_MAX_PIXELS to more\)'
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for read in (lambda: decoded(path, 8), lambda: check_header(path)):
            with pytest.raises(UnreadableImageError, match=line):
                read()


def test_pillow_says_nothing_of_an_image_below_the_limit(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        with opened_image(png(tmp_path / 'large.png', 12_000)) as image:
            assert image.size == (12_000, 12_000)


def test_the_limit_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', Image.MAX_IMAGE_PIXELS)
    large = png(tmp_path / 'large.png', 30_000)
    monkeypatch.setenv('DANN_MAX_PIXELS', str(30_000**2))
    with opened_image(large) as image:
        assert image.size == (30_000, 30_000)
    monkeypatch.setenv('DANN_MAX_PIXELS', '15')
    with (
        pytest.raises(TooLargeError, match='has 16 pixels, and 15 are'),
        opened_image(png(tmp_path / 'a.png', 4)),
    ):
        pass


def test_the_check_of_a_folder_names_the_image(tmp_path: Path) -> None:
    folder = tmp_path / 'day' / 'car'
    folder.mkdir(parents=True)
    png(folder / 'bomb.png', 40_000)
    (found,) = [finding for finding in check_data(tmp_path).findings if finding.fault.code == 'unreadable']
    assert 'bomb.png' in str(found)
    assert 'DANN_MAX_PIXELS' in str(found)


TEXT = zlib.compress(bytes(100 << 20))


@pytest.mark.parametrize(
    'extra',
    [
        chunk(b'zTXt', b'Comment\0\0' + TEXT),
        chunk(b'iTXt', b'Comment\0\1\0\0\0' + TEXT),
        chunk(b'iCCP', b'profile\0\0' + TEXT),
        chunk(b'zTXt', b'Raw profile type exif\0\0' + TEXT),
        chunk(b'zTXt', b'XML:com.adobe.xmp\0\0' + TEXT),
    ],
)
def test_text_beside_the_pixels_does_not_fill_the_memory(extra: bytes, tmp_path: Path) -> None:
    path = png(tmp_path / 'a.png', 2, extra)
    tracemalloc.start()
    with contextlib.suppress(UnreadableImageError):
        assert decoded(path, 2).shape == (3, 2, 2)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20 << 20


def test_only_the_first_frame_of_many_is_decoded(tmp_path: Path) -> None:
    frames = [Image.new('L', (4, 4), level) for level in range(0, 250, 50)]
    frames[0].save(tmp_path / 'a.gif', save_all=True, append_images=frames[1:])
    with opened_image(tmp_path / 'a.gif') as image:
        assert image.n_frames > 1  # type: ignore[attr-defined]
    assert decoded(tmp_path / 'a.gif', 4).max() == 0


@pytest.mark.parametrize('name', ['a.eps', 'a.png'])
def test_a_page_that_is_a_program_is_no_image(name: str, tmp_path: Path) -> None:
    """Pillow has Ghostscript run what it takes for PostScript, whatever the file is called."""
    Image.new('RGB', (4, 4)).save(tmp_path / 'a.eps')
    (tmp_path / 'a.eps').rename(tmp_path / name)
    with pytest.raises(OSError, match='cannot identify image file'), opened_image(tmp_path / name):
        pass
