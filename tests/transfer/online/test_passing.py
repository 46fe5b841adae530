"""One pass: every batch is predicted, then learned from, then the next one comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from dann.core.errors import RunError
from dann.core.online_method import OnlineMethod
from dann.transfer.online.passing import predictions
from dann.transfer.online.stream import Incoming


class Counting(OnlineMethod):
    """Predicts the number of batches that it has seen since it began."""

    name = 'counting'

    def prepare(self) -> None:
        self.count = 0

    def step(self, images: Tensor) -> Tensor:
        self.count += 1
        return torch.eye(5)[[self.count - 1] * len(images)]


class Broken(Counting):
    """Says nothing after the first batch."""

    name = 'broken'

    def step(self, images: Tensor) -> Tensor:
        return super().step(images) / (2 - self.count)


def started(kind: type[OnlineMethod] = Counting) -> OnlineMethod:
    method = kind()
    method.start(nn.Identity())
    return method


def incoming(anew: tuple[int, ...] = ()) -> Iterator[Incoming]:
    return (Incoming(torch.zeros(2, 3), number in anew) for number in range(4))


def test_predictions_are_those_of_their_moment() -> None:
    told: list[int] = []
    assert predictions(started(), incoming(), lambda x: x, told.append).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert told == [2, 2, 2, 2]


def test_a_method_begins_anew_where_the_stream_says_so() -> None:
    assert predictions(started(), incoming((2,)), lambda x: x).tolist() == [0, 0, 1, 1, 0, 0, 1, 1]


def test_the_next_batch_is_asked_for_after_the_one_before_was_learned_from() -> None:
    method = started()

    def careful() -> Iterator[Incoming]:
        for number in range(3):
            assert method.count == number  # type: ignore[attr-defined]
            yield Incoming(torch.zeros(2, 3), False)

    predictions(method, careful(), lambda x: x)


def test_what_is_no_number_ends_the_pass_with_the_next_step() -> None:
    with pytest.raises(RunError, match=r'broken predicts what is no number after 1 batch; leave broken out'):
        predictions(started(Broken), incoming(), lambda x: x)


def test_a_lower_rate_is_advised_where_there_is_one() -> None:
    method = started(Broken)
    method.lr = 1e-3  # type: ignore[attr-defined]
    with pytest.raises(RunError, match='for example --methods broken:lr=1e-05'):
        predictions(method, incoming(), lambda x: x)
