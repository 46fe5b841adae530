"""Generators, critics and the pool of images of learned styles."""

from __future__ import annotations

import pytest
import torch
from learned_styles import gradients, pictures

from dann.networks.translators import ImagePool, PatchCritic, Translator, critic_loss, frozen


@pytest.mark.parametrize('size', [(8, 8), (9, 12), (28, 28)])
def test_a_translator_starts_as_the_identity_at_any_size(size: tuple[int, int]) -> None:
    batch = pictures(2, *size) * 0.9 + 0.05
    network = Translator().double()
    torch.testing.assert_close(network(batch), batch)
    maps = network.encode(batch)
    assert tuple(each.shape[1] for each in maps) == network.channels
    assert PatchCritic().double()(batch).shape[:2] == (2, 1)


def test_frozen_networks_pass_gradients_on_and_keep_none() -> None:
    critic, batch = PatchCritic().double(), pictures(2).requires_grad_()
    scores = frozen(critic, batch)
    assert torch.equal(scores, critic(batch))
    frozen_sum = scores.sum()
    assert torch.autograd.grad(frozen_sum, batch, retain_graph=True)[0].abs().max() > 0
    assert all(each.abs().max() == 0 for each in gradients(frozen_sum, critic))


def test_a_pool_fills_and_then_shows_half_old_images() -> None:
    torch.manual_seed(0)
    pool = ImagePool(10)
    first = pictures(8)
    assert torch.equal(pool(first), first)
    second = pictures(8, seed=1)
    assert torch.equal(pool(second)[:2], second[:2])
    assert len(pool.images) == 10
    old = changed = 0
    for seed in range(2, 60):
        before, batch = pool.images.clone(), pictures(8, seed=seed)
        shown = pool(batch)
        for mine, new in zip(shown, batch, strict=True):
            if not torch.equal(mine, new):
                old += 1
                assert (before == mine).flatten(1).all(dim=1).any()
        changed += int((pool.images != before).flatten(1).any(dim=1).sum())
    assert old == changed
    assert old / (58 * 8) == pytest.approx(0.5, abs=0.1)
    assert torch.equal(ImagePool(0)(first), first)
    twin = ImagePool(10)
    twin.load_state_dict(pool.state_dict())
    assert torch.equal(twin.images, pool.images)
    assert pool(pictures(3, 12, 12)).shape[-1] == 12
    assert len(pool.images) == 3


def test_the_critics_loss_teaches_the_critic_alone() -> None:
    critic, real = PatchCritic().double(), pictures(2)
    fake = (0.5 * pictures(3)).requires_grad_()
    loss = critic_loss(critic, real, fake)
    scores = critic(torch.cat([real, fake]))
    expected = 0.5 * ((scores[:2] - 1).square().mean() + scores[2:].square().mean())
    torch.testing.assert_close(loss, expected)
    weight = next(critic.parameters())
    into_fake, into_critic = torch.autograd.grad(loss, [fake, weight], allow_unused=True)
    assert into_fake is None
    assert into_critic.any()
