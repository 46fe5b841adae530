"""Files of tensors are read only as they were written."""

import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from dann.core.torch_files import DamagedFileError, load


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / 'weights.pt'
    torch.save({'state_dict': {'weight': torch.arange(200.0)}, 'step': 3}, path)
    return path


def test_what_was_saved_is_returned(saved: Path) -> None:
    found = load(saved)
    assert found['step'] == 3
    assert torch.equal(found['state_dict']['weight'], torch.arange(200.0))


def test_no_flipped_bit_becomes_another_weight(saved: Path) -> None:
    whole = saved.read_bytes()
    for place in range(0, len(whole), 7):
        data = bytearray(whole)
        data[place] ^= 1 << place % 8
        saved.write_bytes(data)
        try:
            found = load(saved)
        except (DamagedFileError, OSError):
            continue
        assert torch.equal(found['state_dict']['weight'], torch.arange(200.0)), place


def test_torch_itself_reads_another_weight(saved: Path) -> None:
    """The reason for this module; where torch compares checksums one day it can go."""
    data = bytearray(saved.read_bytes())
    data[data.index(torch.arange(200.0).numpy().tobytes()) + 11] ^= 64
    saved.write_bytes(data)
    found = torch.load(saved, weights_only=True)
    assert not torch.equal(found['state_dict']['weight'], torch.arange(200.0))


@pytest.mark.parametrize('content', [b'', b'text', b'PK\x03\x04', pickle.dumps(print)])
def test_what_is_no_such_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / 'weights.pt'
    path.write_bytes(content)
    with pytest.raises(DamagedFileError):
        load(path)


def test_half_a_file_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    with pytest.raises(DamagedFileError):
        load(saved)


def test_a_missing_file_is_the_callers_to_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / 'weights.pt')


def test_a_small_file_that_unpacks_to_much_is_refused(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        zipfile.ZipFile(saved) as old,
        zipfile.ZipFile(tmp_path / 'bomb.pt', 'w', zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
    monkeypatch.setenv('DANN_MAX_UNPACKED', '700')
    with pytest.raises(DamagedFileError, match=r'unpacks to .* bytes, and 700 are .*; set DANN_MAX_UNPACKED'):
        load(tmp_path / 'bomb.pt')
