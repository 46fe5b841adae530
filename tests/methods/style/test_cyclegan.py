"""CycleGAN and CyCADA against the published formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from learned_styles import learned, pictures
from torch import Tensor
from training import fit, make, module, same_weights

from dann.core.schedules import Constant
from dann.methods.style.cyclegan import CyCADA, CycleGAN


def test_cyclegan_and_cycada_terms_against_the_formulas() -> None:
    style = learned('CyCADA', pool=0, cycle=7.0, identity=3.0, semantic=2.0)
    assert isinstance(style, CyCADA)
    source, target, labels = pictures(5), pictures(3, seed=1), torch.tensor([0, 1, 2, 0, 1])
    g, f, d_t, d_s = style.to_target, style.to_source, style.target_critic, style.source_critic
    terms = {name: value.item() for name, value in style.losses(source, labels, target, 0.0).items()}

    def array(x: Tensor) -> np.ndarray:
        return np.asarray(x.detach().numpy())

    def entropy(logits: Tensor, classes: np.ndarray) -> float:
        rows = array(logits)
        return float(
            np.mean([np.log(np.exp(row - row[c]).sum()) for row, c in zip(rows, classes, strict=True)])
        )

    def far(x: Tensor, y: Tensor) -> float:
        return float(np.abs((2 * array(x) - 1) - (2 * array(y) - 1)).mean())

    expected = {
        'style_gan': np.mean((array(d_t(g(source))) - 1) ** 2) + np.mean((array(d_s(f(target))) - 1) ** 2),
        'style_cycle': 7 * (far(f(g(source)), source) + far(g(f(target)), target)),
        'style_identity': 3 * (far(g(target), target) + far(f(source), source)),
        'style_critic': sum(
            (np.mean((array(critic(real)) - 1) ** 2) + np.mean(array(critic(fake)) ** 2)) / 2
            for critic, real, fake in ((d_t, target, g(source)), (d_s, source, f(target)))
        ),
        'style_classifier': entropy(style.classifier(source), array(labels)),
        'style_semantic': 2
        * (
            entropy(style.classifier(g(source)), array(style.classifier(source)).argmax(axis=1))
            + entropy(style.classifier(f(target)), array(style.classifier(target)).argmax(axis=1))
        ),
    }
    assert terms == pytest.approx(expected, rel=1e-9)


def test_networks_of_a_style_learn_at_their_own_rates() -> None:
    model = module(make('CyCADA', lr_scale=0.5), backbone_lr_scale=0.1)
    assert isinstance(model.style, CyCADA)
    rates = {id(each): group['lr_scale'] for group in model.parameter_groups() for each in group['params']}
    assert {rates[id(each)] for each in model.style.to_target.parameters()} == {0.5}
    assert {rates[id(each)] for each in model.style.classifier.parameters()} == {1.0}
    assert {rates[id(each)] for each in model.network.backbone.parameters()} == {0.1}


def test_source_images_are_their_own_until_the_schedule_says_so() -> None:
    off, late = module(make('CycleGAN', weight=0.0)), module(make('CycleGAN'))
    assert isinstance(late.style, CycleGAN)
    assert [late.style.strength(progress) for progress in (0.0, 0.49, 0.5, 1.0)] == [0, 0, 1, 1]
    early = module(make('CycleGAN', schedule=Constant()))
    for each in (off, late, early):
        fit(each, epochs=2)
    assert not same_weights(off, late)
    assert not same_weights(early, late)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'cycle': -1.0}, '`cycle` and `identity` of at least 0'),
        ({'pool': -1}, '`pool` of at least 0'),
        ({'lr_scale': 0.0}, '`lr_scale` above 0'),
        ({'semantic': -1.0}, '`semantic` of at least 0'),
        ({'width': 0}, '`width` and `blocks` above 0'),
    ],
)
def test_bad_options(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make('CyCADA', **options))
