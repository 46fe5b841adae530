"""The measurement of one's own photographs writes what it says and runs the commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from dann.benchmarks.own_photographs import TALL, WIDE, main, timed, write_photographs
from dann.core.errors import UserError
from dann.datasets import Folder


def test_photographs_are_wider_than_tall_in_folders_of_their_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    write_photographs(tmp_path / 'photos', 12)
    for domain in ('day', 'night'):
        files = sorted((tmp_path / 'photos' / domain).glob('*/*.jpg'))
        assert len(files) == 12
        with Image.open(files[0]) as image:
            assert image.size == (WIDE, TALL)
        assert Folder(str(tmp_path / 'photos'), domain).labelled


@pytest.mark.slow
def test_a_command_that_fails_ends_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='`dann data check nowhere` ended with'):
        timed(['data', 'check', 'nowhere'], tmp_path)


@pytest.mark.long
def test_both_commands_are_timed(capfd: pytest.CaptureFixture[str]) -> None:
    rows = ('--methods', 'source_only', 'dann', '--seeds', '2', '--steps', '20', '--workers', '1')
    main(['--count', '80', '--', *rows])
    said = capfd.readouterr().out
    assert '80 + 80 photographs, `dann data check photos`: ' in said
    assert (
        '80 + 80 photographs, `dann benchmark photos --source day --target night --methods source_only'
        in said
    )
    assert 'target: test accuracy in %, 16 samples' in said
