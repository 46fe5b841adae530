"""Text is read in UTF-8, whatever the machine's own code is, or refused in a line that names the file."""

import os
from pathlib import Path

import pytest

from dann.core.errors import UserError
from dann.core.text_files import TextError, listed_text, read_text


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'pipe.yaml')
    for path in (tmp_path / 'pipe.yaml', Path('/dev/zero')):
        with pytest.raises(TextError, match='is no regular file; give a file'):
            read_text(path)


@pytest.mark.parametrize('code', ['utf-16', 'latin-1'])
def test_large_files_and_other_codes_are_refused(code: str, tmp_path: Path) -> None:
    path = tmp_path / 'x.yaml'
    path.write_bytes('a: ä'.encode(code))
    with pytest.raises(TextError, match='is not UTF-8 text; save it as UTF-8'):
        read_text(path)
    path.write_bytes(b'\xef\xbb\xbfa: 1')
    assert read_text(path) == 'a: 1'
    with pytest.raises(TextError, match='has 7 bytes, and 6 are read at most'):
        read_text(path, most=6)
    with pytest.raises(IsADirectoryError):
        read_text(tmp_path)


@pytest.mark.parametrize('code', ['utf-16', 'latin-1'])
def test_a_list_in_another_code_is_named(code: str, tmp_path: Path) -> None:
    path = tmp_path / 'list.txt'
    path.write_bytes('ä 1'.encode(code))
    with pytest.raises(UserError, match=r'list.txt is not UTF-8 text; save it as UTF-8$'):
        listed_text(path)
    path.write_text('ä 1', encoding='utf-8-sig')
    assert listed_text(path) == 'ä 1'
    with pytest.raises(
        UserError, match=r'cannot read .*nowhere \(No such file.*; restore the published file'
    ):
        listed_text(tmp_path / 'nowhere')
