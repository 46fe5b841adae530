"""A bank is extracted once, goes on after a kill, and is not read when it is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from dann.core.errors import RunError
from dann.datasets.storage.feature_bank import CHUNK, Picked, Views, seconds, stored


class Killed(BaseException):
    """As a kill: no handler of ours may catch it."""


class Counting:
    """Extracts the position and the view of each image, and counts its calls."""

    def __init__(self, stop: int | None = None) -> None:
        self.calls, self.stop = 0, stop

    def __call__(self, view: int, part: slice) -> Tensor:
        if self.calls == self.stop:
            raise Killed
        self.calls += 1
        positions = torch.arange(part.start, part.stop).float()
        return torch.stack([positions, torch.full_like(positions, view)], dim=1)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path))


def test_extracted_once_and_mapped() -> None:
    extract = Counting()
    first = stored(extract, 1, 150, {'a': 1}, 'features')
    again = stored(extract, 1, 150, {'a': 1}, 'features')
    assert extract.calls == 3
    assert torch.equal(first, again)
    assert torch.equal(first[0, :, 0], torch.arange(150).float())
    stored(extract, 1, 150, {'a': 2}, 'features')
    assert extract.calls == 6


def test_views_are_kept_apart() -> None:
    plain, *others = stored(Counting(), 3, 70, {}, 'features')
    views = Views(plain, torch.stack(others))
    assert not views.ahead
    assert views.shape == (70, 2)
    assert torch.equal(views[:][:, 1], torch.zeros(70))
    drawn = views.drawn(torch.arange(70), torch.Generator().manual_seed(0))
    assert torch.equal(drawn[:, 0], torch.arange(70).float())
    assert set(drawn[:, 1].tolist()) == {1.0, 2.0}


def test_a_killed_extraction_goes_on_where_it_was() -> None:
    whole = stored(Counting(), 1, 40 * CHUNK, {'whole': True}, 'features')
    with pytest.raises(Killed):
        stored(Counting(stop=21), 1, 40 * CHUNK, {}, 'features')
    rest = Counting()
    found = stored(rest, 1, 40 * CHUNK, {}, 'features')
    assert rest.calls == 40 - 16  # the last whole block of eight chunks is kept
    assert torch.equal(found[:], whole[:])


def test_the_seconds_of_an_extraction_are_kept_over_a_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    class Slow(Counting):
        """Takes two seconds a call."""

        def __call__(self, view: int, part: slice) -> Tensor:
            values = super().__call__(view, part)
            clock[0] += 2
            return values

    monkeypatch.setattr('dann.datasets.storage.feature_bank.time.monotonic', lambda: clock[0])
    with pytest.raises(Killed):
        stored(Slow(stop=21), 1, 40 * CHUNK, {}, 'features')
    for _ in range(2):  # the second time nothing is extracted
        stored(Slow(), 1, 40 * CHUNK, {}, 'features')
        assert seconds({}) == 80  # those of the 5 calls after the last whole block are lost


def test_what_is_left_of_another_shape_is_made_anew(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        stored(Counting(stop=9), 1, 40 * CHUNK, {}, 'features')
    draft = next((tmp_path / 'features').glob('.draft-*'))
    np.save(draft / 'features.npy', np.zeros((2, 5, 3), np.float32))
    assert torch.equal(stored(Counting(), 1, 40 * CHUNK, {}, 'features')[0, :, 0], torch.arange(40.0 * CHUNK))


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    stored(Counting(), 1, 10, {}, 'features')
    file = next((tmp_path / 'features').glob('*/features.npy'))
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    with pytest.raises(RunError, match='to have it made anew'):
        stored(Counting(), 1, 10, {}, 'features')


def test_a_cache_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / 'features').write_text('in the way')
    with pytest.raises(RunError, match='free the disk or set DANN_CACHE'):
        stored(Counting(), 1, 10, {}, 'features')


def test_picked_features_are_those_of_their_places_in_a_view_drawn_anew() -> None:
    plain, mirrored = torch.arange(6).float()[:, None], 10 + torch.arange(6).float()[:, None]
    some = Picked([plain, mirrored], torch.tensor([4, 1, 3]))
    assert len(some) == 3
    assert some.shape == (3, 1)
    assert some[:].flatten().tolist() == [4, 1, 3]
    assert some[torch.tensor([2, 0])].flatten().tolist() == [3, 4]
    generator, counts = torch.Generator().manual_seed(0), torch.zeros(3)
    for _ in range(400):
        values = some.drawn(torch.tensor([0, 1, 2]), generator).flatten()
        assert set((values % 10).tolist()) == {4, 1, 3}
        counts += values >= 10
    assert ((counts > 150) & (counts < 250)).all()  # 5 deviations of a fair coin
    alone = Picked([plain], torch.tensor([5, 0]))
    assert alone.drawn(torch.tensor([0, 1]), generator).flatten().tolist() == [5, 0]
