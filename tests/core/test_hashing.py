"""The checksum is that of the contents."""

import hashlib
from pathlib import Path

import pytest

from dann.core.hashing import sha256


@pytest.mark.parametrize('content', [b'', b'abc', bytes(range(256)) * 5000])
def test_it_is_the_digest_of_all_bytes(content: bytes, tmp_path: Path) -> None:
    (tmp_path / 'file').write_bytes(content)
    assert sha256(tmp_path / 'file') == hashlib.sha256(content).hexdigest()
