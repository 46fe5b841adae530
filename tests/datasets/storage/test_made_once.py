"""Folders of the cache: made once, whole, and under a hash of what they depend on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dann.core.errors import RunError
from dann.datasets.storage.made_once import made_anew, made_once, place, seal, writing


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path))
    return tmp_path


class Maker:
    """Writes a file, and counts how often it was asked to."""

    def __init__(self, text: str = 'whole', *, fails: bool = False) -> None:
        self.text, self.fails, self.calls = text, fails, 0
        self.left: list[str] = []

    def __call__(self, draft: Path) -> None:
        self.calls += 1
        draft.mkdir(exist_ok=True)
        self.left = sorted(path.name for path in draft.iterdir())
        (draft / 'file').write_text(self.text)
        if self.fails:
            raise KeyboardInterrupt
        seal(draft, {'a': 1}, 2.5, 'file')


def test_a_second_call_finds_what_the_first_has_made() -> None:
    first, second = Maker(), Maker('other')
    made = made_once('kind', {'a': 1}, first)
    again = made_once('kind', {'a': 1}, second)
    assert (first.calls, second.calls) == (1, 0)
    assert made.path == again.path == place('kind', {'a': 1})
    assert (again.path / 'file').read_text() == 'whole'
    assert again.manifest['seconds'] == 2.5
    again.verify('file')


def test_other_facts_and_other_kinds_have_other_folders() -> None:
    places = {
        place('kind', {'a': 1}),
        place('kind', {'a': 2}),
        place('kind', {'b': 1}),
        place('more', {'a': 1}),
    }
    assert len(places) == 4
    assert place('kind', {'a': 1, 'b': 2}) == place('kind', {'b': 2, 'a': 1})


def test_what_was_interrupted_is_not_taken_for_whole_and_is_handed_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        made_once('kind', {}, Maker(fails=True))
    assert not place('kind', {}).exists()
    again = Maker()
    made_once('kind', {}, again)
    assert again.left == ['file']


def test_of_two_that_ask_at_once_one_makes_it() -> None:
    maker = Maker()
    threads = [threading.Thread(target=made_once, args=('kind', {}, maker)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert maker.calls == 1


def test_a_changed_file_is_noticed_and_a_cache_that_cannot_be_written_is_named(cache: Path) -> None:
    made = made_once('kind', {}, Maker())
    (made.path / 'file').write_text('changed')
    with pytest.raises(RunError, match=r'delete .* to have it made anew'):
        made_once('kind', {}, Maker()).verify('file')
    (cache / 'more').write_text('in the way')
    with pytest.raises(RunError, match=r'cannot write more to .*free the disk or set DANN_CACHE'):
        made_once('more', {}, Maker())


def test_an_error_of_what_is_read_is_not_taken_for_one_of_the_cache() -> None:
    def unreadable(draft: Path) -> None:
        raise FileNotFoundError(2, 'No such file', 'photo.png')

    with pytest.raises(FileNotFoundError, match=r'photo\.png'):
        made_once('kind', {}, unreadable)
    assert made_once('kind', {}, Maker()).manifest['seconds'] == 2.5  # the lock was let go


def test_one_of_what_is_written_names_the_cache(cache: Path) -> None:
    def full(draft: Path) -> None:
        with writing(draft.parent):
            raise OSError(28, 'No space left on device')

    with pytest.raises(
        RunError, match=rf'cannot write kind to {cache / "kind"} \(No space left .*free the disk'
    ):
        made_once('kind', {}, full)


def test_a_folder_without_a_manifest_is_to_be_deleted() -> None:
    folder, maker = place('kind', {}), Maker()
    folder.mkdir(parents=True)
    (folder / 'file').write_text('half')
    with pytest.raises(RunError, match=rf'holds no manifest.json; delete {folder} to have it made anew'):
        made_once('kind', {}, maker)
    assert maker.calls == 0


def test_what_is_made_anew_is_made_each_time_and_thrown_away(cache: Path) -> None:
    kept = made_once('kind', {}, Maker()).path
    maker, other = Maker(), Maker()
    for _ in range(2):
        with made_anew('kind'):
            folder = made_once('kind', {}, maker).path
            made_once('kind', {}, maker)
            made_once('more', {}, other)
    assert (maker.calls, other.calls) == (2, 1)
    assert cache not in folder.parents
    assert not folder.exists()
    assert place('kind', {}) == kept
