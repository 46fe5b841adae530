"""ADDA: the inverted loss and its two stages."""

from __future__ import annotations

from typing import Any

import pytest
import pytorch_lightning as pl
import references_adversarial as adv
import references_training_adversarial as ref
import torch
from draws import draw_wide
from torch import Tensor
from training import fit, make, module, moved, pair, weights

from dann.methods.training.adda import ADDA, inverted_loss
from dann.networks.heads import Norm


def test_the_inverted_loss_and_its_gradient_where_the_critic_is_certain() -> None:
    logits = draw_wide(7, seed=1)
    assert float(inverted_loss(logits)) == pytest.approx(ref.inverted_loss(logits.numpy()))
    certain = torch.full((4,), -30.0, dtype=torch.float64, requires_grad=True)
    inverted = torch.autograd.grad(inverted_loss(certain), certain)[0]
    torch.testing.assert_close(inverted, torch.full_like(certain, -0.25))


class Stages(pl.Callback):
    """Keeps the weights of both networks and the critic after every step."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[Tensor], ...]] = []
        self.scored: list[bool] = []

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        assert isinstance(pl_module, ADDA)
        encoder = weights(pl_module.adapted.backbone, pl_module.adapted.bottleneck)
        parts = (pl_module.network, pl_module.adapted.head, pl_module.critic)
        self.kept.append((encoder, *(weights(part) for part in parts)))
        self.scored.append(pl_module.evaluated is pl_module.adapted)


def test_adda_trains_on_the_source_then_the_target_encoder_alone() -> None:
    model, watch = module(make('ADDA', source_share=0.4), normed=True), Stages()
    assert isinstance(model, ADDA)
    fit(model, epochs=4, callbacks=[watch])
    names = ('encoder', 'network', 'head', 'critic')
    changed = [
        {name for name, one, other in zip(names, before, after, strict=True) if moved(one, other)}
        for before, after in zip(watch.kept, watch.kept[1:], strict=False)
    ]
    assert changed[:7] == 7 * [{'network'}]
    assert changed[7] == {'encoder', 'head', 'critic'}
    assert changed[8:] == 11 * [{'encoder', 'critic'}]
    assert watch.scored == 8 * [False] + 12 * [True]
    assert not moved(weights(model.adapted.head), weights(model.network.head))
    assert model.meter.means.keys() == {'loss/critic', 'loss/encoder'}


def test_addas_source_network_keeps_its_running_statistics_in_the_second_stage() -> None:
    model = module(make('ADDA', source_share=0.01), normed=True)
    assert isinstance(model, ADDA)
    before = {name: buffer.clone() for name, buffer in model.network.named_buffers()}
    fit(model, epochs=1)
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.network.named_buffers())


def test_adda_uses_few_labels_in_both_stages() -> None:
    model = module(make('ADDA'))
    fit(model, pair(shots=1), epochs=2)
    assert model.meter.means.keys() == {'loss/critic', 'loss/encoder', 'loss/shots'}


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('ADDA', {'source_share': 0.0}, '`source_share` between 0 and 1, got 0.0'),
        ('ADDA', {'hidden': (5, 0)}, '`hidden` sizes above 0'),
        ('ADDA', {'norm': 'bach'}, '`norm` to be one of'),
        ('ADDA', {'adversarial_lr_scale': 0}, '`adversarial_lr_scale` above 0'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


@pytest.mark.parametrize('norm', ['none', 'batch', 'layer'])
def test_the_critic_normalises_both_domains_together(norm: Norm) -> None:
    model: Any = module(make('ADDA', hidden=(7, 5), norm=norm))
    width = model.network.feature_dim
    source, target = draw_wide(9, width, seed=1), draw_wide(4, width, seed=2)
    model.critic.double().train()
    expected = adv.with_norm(model.critic, torch.cat([source, target]), norm)[:, 0]
    found = torch.cat(model._scores(source, target)).detach().numpy()
    assert found == pytest.approx(expected, rel=1e-9)


def test_adda_trains_with_norm_and_dropout_in_the_critic() -> None:
    model = module(make('ADDA', norm='batch', dropout=0.5, source_share=0.01))
    fit(model, epochs=1)
    assert model.meter.means.keys() == {'loss/critic', 'loss/encoder'}
