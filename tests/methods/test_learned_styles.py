"""Styles that train networks of their own."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import references_styles as ref
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from training import fit, make, module, same_weights

from dann.core.errors import UserError
from dann.core.schedules import Constant, Linear
from dann.methods.style.cut import CUT, patch_nce
from dann.methods.style.cyclegan import CyCADA, CycleGAN
from dann.methods.style.learned import Learned
from dann.networks.translators import ImagePool, PatchCritic, Translator, frozen


def images(count: int, height: int = 8, width: int = 8, *, seed: int = 0) -> Tensor:
    return torch.rand(
        count, 3, height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )


def learned(name: str, **options: object) -> Learned:
    torch.manual_seed(0)
    style = make(name, **options)
    assert isinstance(style, Learned)
    style.build(3)
    # a generator that starts as the identity has little to say
    for parameter in style.parameters():
        nn.init.normal_(parameter, std=0.2)
    return style.double()


def gradients(loss: Tensor, module: nn.Module) -> list[Tensor]:
    return list(
        torch.autograd.grad(loss, list(module.parameters()), retain_graph=True, materialize_grads=True)
    )


@pytest.mark.parametrize('size', [(8, 8), (9, 12), (28, 28)])
def test_a_translator_starts_as_the_identity_at_any_size(size: tuple[int, int]) -> None:
    batch = images(2, *size) * 0.9 + 0.05
    network = Translator().double()
    torch.testing.assert_close(network(batch), batch)
    maps = network.encode(batch)
    assert tuple(each.shape[1] for each in maps) == network.channels
    assert PatchCritic().double()(batch).shape[:2] == (2, 1)


def test_frozen_networks_pass_gradients_on_and_keep_none() -> None:
    critic, batch = PatchCritic().double(), images(2).requires_grad_()
    scores = frozen(critic, batch)
    assert torch.equal(scores, critic(batch))
    frozen_sum = scores.sum()
    assert torch.autograd.grad(frozen_sum, batch, retain_graph=True)[0].abs().max() > 0
    assert all(each.abs().max() == 0 for each in gradients(frozen_sum, critic))


def test_cyclegan_and_cycada_terms_against_the_formulas() -> None:
    style = learned('CyCADA', pool=0, cycle=7.0, identity=3.0, semantic=2.0)
    assert isinstance(style, CyCADA)
    source, target, labels = images(5), images(3, seed=1), torch.tensor([0, 1, 2, 0, 1])
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


@pytest.mark.parametrize('name', ['CycleGAN', 'CyCADA', 'CUT'])
def test_the_sum_of_the_terms_gives_each_network_its_own_update(name: str) -> None:
    critics = ('target_critic', 'source_critic', 'classifier', 'critic')
    generators = ('to_target', 'to_source', 'generator', 'heads')
    style = learned(name)
    terms = style.losses(images(5), torch.tensor([0, 1, 2, 0, 1]), images(3, seed=1), 0.0)
    judges = {key: terms[key] for key in ('style_critic', 'style_classifier') if key in terms}
    makers = torch.stack([value for key, value in terms.items() if key not in judges]).sum()
    for network in [getattr(style, each) for each in critics if hasattr(style, each)]:
        assert all(each.abs().max() == 0 for each in gradients(makers, network))
        assert all(
            each.abs().max() > 0 for each in gradients(torch.stack(list(judges.values())).sum(), network)
        )
    for network in [getattr(style, each) for each in generators if hasattr(style, each)]:
        assert all(
            each.abs().max() == 0 for each in gradients(torch.stack(list(judges.values())).sum(), network)
        )
        assert all(each.abs().max() > 0 for each in gradients(makers, network))


@pytest.mark.parametrize('shape', [(2, 5, 3), (1, 1, 4), (3, 7, 2)])
@pytest.mark.parametrize('temperature', [0.07, 1.0])
def test_patch_nce(shape: tuple[int, int, int], temperature: float) -> None:
    queries, keys = (
        F.normalize(torch.randn(shape, generator=torch.Generator().manual_seed(seed)).double(), dim=2)
        for seed in range(2)
    )
    expected = ref.patch_nce(queries.numpy(), keys.numpy(), temperature)
    assert patch_nce(queries, keys, temperature).item() == pytest.approx(expected, rel=1e-9)


def test_patch_nce_is_chance_on_equal_patches_and_teaches_queries_only() -> None:
    same = torch.ones(2, 6, 1).double()
    assert patch_nce(same, same).item() == pytest.approx(np.log(6))
    queries, keys = (
        torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(seed)).double().requires_grad_()
        for seed in range(2)
    )
    assert torch.autograd.gradcheck(lambda z: patch_nce(z, keys.detach(), 0.5), queries)
    into = torch.autograd.grad(patch_nce(queries, keys), [queries, keys], materialize_grads=True)
    assert into[1].abs().max() == 0
    with pytest.raises(ValueError, match=r'one shape \(B, N, D\), got \(2, 4, 3\) and \(2, 3, 3\)'):
        patch_nce(queries, keys[:, :3])


def test_cut_contrasts_patches_of_every_layer_of_its_encoder() -> None:
    style = learned('CUT', nce=2.0, identity=3.0)
    assert isinstance(style, CUT)
    source, target = images(4), images(3, seed=1)
    terms = style.losses(source, torch.tensor([0, 1, 2, 0]), target, 0.0)
    for name, batch, weight in (('style_nce', source, 2), ('style_identity', target, 3)):
        layers = []
        made = style.generator(batch)
        for head, ours, theirs in zip(
            style.heads, style.generator.encode(made), style.generator.encode(batch), strict=True
        ):
            z, v = (F.normalize(head(each.flatten(2).mT), dim=2).detach().numpy() for each in (ours, theirs))
            layers.append(ref.patch_nce(z, v, 0.07))
        assert terms[name].item() == pytest.approx(weight * np.mean(layers), rel=1e-8)
    few = learned('CUT', patches=2).losses(source, torch.tensor([0, 1, 2, 0]), target, 0.0)
    assert few['style_nce'] < terms['style_nce'] / 2


def test_a_pool_fills_and_then_shows_half_old_images() -> None:
    torch.manual_seed(0)
    pool = ImagePool(10)
    first = images(8)
    assert torch.equal(pool(first), first)
    second = images(8, seed=1)
    assert torch.equal(pool(second)[:2], second[:2])
    assert len(pool.images) == 10
    old = changed = 0
    for seed in range(2, 60):
        before, batch = pool.images.clone(), images(8, seed=seed)
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
    assert pool(images(3, 12, 12)).shape[-1] == 12
    assert len(pool.images) == 3


@pytest.mark.parametrize('name', ['CycleGAN', 'CyCADA', 'CUT'])
def test_a_first_stages_generator_is_reused_and_no_longer_trained(name: str, tmp_path: Path) -> None:
    first = module(make(name))
    fit(first, epochs=2)
    torch.save(first.state_dict(), tmp_path / 'weights.pt')
    torch.save({'state_dict': first.state_dict()}, tmp_path / 'last.ckpt')
    for file in ('weights.pt', 'last.ckpt'):
        second = module(make(name, weights=str(tmp_path / file)))
        assert isinstance(first.style, Learned)
        assert isinstance(second.style, Learned)
        assert second.style.strength(0.0) == 1
        before = deepcopy(second.style.state_dict())
        batch, target = images(4).float(), images(2, seed=1).float()
        torch.testing.assert_close(second.style(batch, target, 1.0), first.style(batch, target, 1.0))
        trainer = fit(second, epochs=2)
        assert second.meter.means.keys() == {'loss/source'}
        assert all(torch.equal(value, before[key]) for key, value in second.style.state_dict().items())
        held = {id(each) for group in trainer.optimizers[0].param_groups for each in group['params']}
        assert not held & {id(parameter) for parameter in second.style.parameters()}
    assert make(name, weights='x', schedule=Linear()).strength(0.0) == 0  # type: ignore[union-attr]


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    (tmp_path / 'junk.pt').write_text('nothing of the kind')
    torch.save(module().state_dict(), tmp_path / 'none.pt')
    torch.save(module(make('CycleGAN', width=8)).state_dict(), tmp_path / 'narrow.pt')
    for file, why in (
        ('absent.pt', 'No such file'),
        ('none.pt', 'it holds no style'),
        ('narrow.pt', 'size mismatch'),
    ):
        with pytest.raises(
            UserError, match=rf'cannot reuse .*{file} as CycleGAN \(.*{why}.*\); give the weights'
        ):
            module(make('CycleGAN', weights=str(tmp_path / file)))
    with pytest.raises(UserError, match=r'cannot reuse .*junk.pt'):
        module(make('CycleGAN', weights=str(tmp_path / 'junk.pt')))


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
