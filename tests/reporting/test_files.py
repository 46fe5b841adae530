"""Files that appear whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from dann.core.errors import RunError, UserError
from dann.reporting.files import refuse_to_overwrite, write_whole


def test_folders_are_made_and_no_draft_is_left(tmp_path: Path) -> None:
    path = tmp_path / 'a' / 'b.txt'
    write_whole(path, b'one')
    write_whole(path, b'two')
    assert path.read_bytes() == b'two'
    assert [each.name for each in path.parent.iterdir()] == ['b.txt']


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'a.txt'
    write_whole(path, b'old')

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(RunError, match=r'a\.txt \(No space left on device\); free some space'):
        write_whole(path, b'new')
    assert path.read_bytes() == b'old'
    assert [each.name for each in tmp_path.iterdir()] == ['a.txt']


def test_nothing_is_written_over_without_being_asked(tmp_path: Path) -> None:
    there = tmp_path / 'a.csv'
    refuse_to_overwrite(there, None, overwrite=False)
    there.touch()
    refuse_to_overwrite(there, None, overwrite=True)
    with pytest.raises(UserError, match=r'a\.csv is there already; name another file, or pass --overwrite'):
        refuse_to_overwrite(None, there, overwrite=False)
    with pytest.raises(UserError, match=r'a\.csv would be written twice; name different files'):
        refuse_to_overwrite(there, there, overwrite=True)


def test_text_is_utf8_and_what_has_no_place_in_it_is_escaped(tmp_path: Path) -> None:
    write_whole(tmp_path / 'a.txt', 'día nuit\udce9\n')
    assert (tmp_path / 'a.txt').read_bytes() == 'día nuit\\udce9\n'.encode()
