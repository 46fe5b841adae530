"""A folder is made by one process at a time, and what a killed one left is removed."""

import contextlib
import multiprocessing as mp
import os
import time
from pathlib import Path

from dann.datasets.storage.drafts import clean, drafting


def test_what_is_renamed_stays_and_the_draft_does_not(tmp_path: Path) -> None:
    with drafting(tmp_path / 'made') as draft:
        (draft / 'file').write_text('whole')
        draft.rename(tmp_path / 'made')
    assert (tmp_path / 'made' / 'file').read_text() == 'whole'
    with contextlib.suppress(KeyError), drafting(tmp_path / 'other') as draft:
        (draft / 'file').touch()
        raise KeyError
    assert not [path for path in tmp_path.iterdir() if path.name.startswith('.dann-draft')]


def _die(folder: Path) -> None:
    with drafting(folder) as draft:
        (draft / 'half').touch()
        os._exit(9)


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    process = mp.get_context('spawn').Process(target=_die, args=(tmp_path / 'made',))
    process.start()
    process.join(30)
    assert process.exitcode == 9
    [left] = tmp_path.glob('.dann-draft-*')
    assert (left / 'whole' / 'half').exists()
    with drafting(tmp_path / 'made') as draft:
        assert [draft.parent] == [*tmp_path.glob('.dann-draft-*')]


def test_a_draft_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    with drafting(tmp_path / 'one') as first:
        (first / 'file').touch()
        with drafting(tmp_path / 'two'):
            assert (first / 'file').exists()


def test_a_draft_without_a_lock_goes_once_it_is_old(tmp_path: Path) -> None:
    """One that has just been made may be about to get it."""
    for age, stays in ((0, True), (3600, False)):
        draft = tmp_path / f'.dann-draft-{age}'
        draft.mkdir()
        os.utime(draft, (time.time() - age,) * 2)
        clean(tmp_path)
        assert draft.exists() == stays


def test_a_folder_of_the_users_own_stays(tmp_path: Path) -> None:
    mine = tmp_path / '.draft-mine'
    mine.mkdir()
    os.utime(mine, (0, 0))
    clean(tmp_path)
    assert mine.exists()
