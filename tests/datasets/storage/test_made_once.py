"""Folders of the cache: made once, whole, and under a hash of what they depend on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dann.core.errors import RunError
from dann.datasets.storage.made_once import made_once, place, seal


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
