"""What never ends is not opened."""

import os
import socket
from pathlib import Path

import pytest

from dann.core.regular import identity, regular


def test_pipes_sockets_and_devices_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'pipe.png')
    (tmp_path / 'zero.png').symlink_to('/dev/zero')
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / 's.png'))
        for name in ('pipe.png', 'zero.png', 's.png'):
            with pytest.raises(OSError, match='no regular file') as caught:
                regular(tmp_path / name)
            assert caught.value.filename == str(tmp_path / name)


def test_files_and_links_to_them_are_not(tmp_path: Path) -> None:
    (tmp_path / 'a.png').write_text('x')
    (tmp_path / 'b.png').symlink_to(tmp_path / 'a.png')
    assert regular(tmp_path / 'b.png') == tmp_path / 'b.png'
    assert identity(tmp_path / 'b.png') == identity(tmp_path / 'a.png') != identity(tmp_path)
    with pytest.raises(FileNotFoundError):
        regular(tmp_path / 'c.png')
