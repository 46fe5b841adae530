"""CoTTA: its steps against a second author, when views are averaged, and what is set back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import references_online as ref
import torch
from draws import draw
from online_networks import Small, arrays, pictures
from torch import Tensor, nn

from dann.core.errors import CheckError
from dann.methods.online import cotta
from dann.methods.online.cotta import CoTTA, consistency, follow, restore


def test_steps_are_those_of_a_second_author() -> None:
    small: Any = Small()
    method = CoTTA(lr=0.01, decay=0.7, restore=0, confidence=0)
    method.start(small)
    with (
        torch.no_grad()
    ):  # where student and teacher agree there is no slope, and Adam's step is the sign of nothing
        for number, each in enumerate(method.network.parameters()):
            each.add_(0.3 * draw(*each.shape, seed=30 + number))
    values, slow = arrays(*method.network.parameters()), arrays(*small.parameters())
    optimizer = ref.Adam(0.01)
    for seed in range(3):
        x = draw(6, 3, seed=seed)
        taught = ref.logits(x.numpy(), *slow)

        def loss(at: list[ref.Array], x: Tensor = x, taught: ref.Array = taught) -> float:
            return ref.consistency(ref.logits(x.numpy(), *at), taught)

        # the teacher predicts, before it follows
        np.testing.assert_allclose(method.step(x).numpy(), taught, atol=1e-6)
        values = optimizer.step(values, ref.gradient(loss, values))
        slow = [0.7 * one + 0.3 * other for one, other in zip(slow, values, strict=True)]
        for found, expected in zip(arrays(*method.teacher.parameters()), slow, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_consistency_is_that_of_a_second_author_and_the_teacher_gets_no_gradient() -> None:
    student, teacher = draw(5, 4, grad=True), draw(5, 4, seed=1, grad=True)
    loss = consistency(student, teacher)
    assert loss.item() == pytest.approx(
        ref.consistency(student.detach().numpy(), teacher.detach().numpy()), rel=1e-9
    )
    loss.backward()  # type: ignore[no-untyped-call]
    assert teacher.grad is None


@pytest.mark.parametrize(('confidence', 'views'), [(0.0, 0), (1.0, 3)])
def test_views_are_averaged_where_the_deployed_network_is_not_confident(
    confidence: float, views: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Tensor] = []

    def brighter(images: Tensor, generator: torch.Generator, *, flip: bool) -> Tensor:
        seen.append(images + 0.1 * (len(seen) + 1) * torch.rand(images.shape, generator=generator))
        return seen[-1]

    monkeypatch.setattr(cotta, 'varied', brighter)
    method = CoTTA(confidence=confidence, views=3)
    method.start(pictures())
    images = torch.rand(4, 3, 8, 8)
    logits = method.taught(images)
    assert len(seen) == views
    each = [method.teacher(view) for view in seen] or [method.teacher(images)]
    torch.testing.assert_close(logits, torch.stack(each).mean(dim=0))


def test_the_teacher_follows_slowly() -> None:
    teacher, student = nn.Linear(2, 2), nn.Linear(2, 2)
    expected = 0.9 * teacher.weight.detach() + 0.1 * student.weight.detach()
    follow(teacher, student, 0.9)
    torch.testing.assert_close(teacher.weight.detach(), expected)


@pytest.mark.parametrize('share', [0.0, 0.3, 1.0])
def test_a_share_of_the_weights_is_set_back(share: float) -> None:
    now, first = nn.Parameter(torch.ones(100, 100)), torch.zeros(100, 100)
    restore([now], [first], share, torch.Generator().manual_seed(0))
    assert set(now.flatten().tolist()) <= {0.0, 1.0}
    assert (now == 0).double().mean().item() == pytest.approx(share, abs=0.02)


def test_all_set_back_is_the_deployed_network() -> None:
    method = CoTTA(restore=1.0, confidence=0, lr=0.1)
    method.start(Small())
    method.step(draw(6, 3))
    assert all(
        torch.equal(one, other)
        for one, other in zip(method.network.parameters(), Small().parameters(), strict=True)
    )


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'decay': 1}, r'`decay` in \[0, 1\)'),
        ({'restore': 2}, r'`restore` in \[0, 1\]'),
        ({'confidence': 2}, r'`confidence` in \[0, 1\]'),
        ({'views': 0}, '`views` of at least 1'),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        CoTTA(**options)  # type: ignore[arg-type]
