"""What all styles with networks of their own share."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import torch
from learned_styles import gradients, learned, pictures
from training import fit, make, module

from dann.core.errors import UserError
from dann.core.schedules import Linear
from dann.methods.style.cyclegan import CycleGAN
from dann.methods.style.learned import Learned


@pytest.mark.parametrize('name', ['CycleGAN', 'CyCADA', 'CUT'])
def test_the_sum_of_the_terms_gives_each_network_its_own_update(name: str) -> None:
    critics = ('target_critic', 'source_critic', 'classifier', 'critic')
    generators = ('to_target', 'to_source', 'generator', 'heads')
    style = learned(name)
    terms = style.losses(pictures(5), torch.tensor([0, 1, 2, 0, 1]), pictures(3, seed=1), 0.0)
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
        batch, target = pictures(4).float(), pictures(2, seed=1).float()
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


def test_a_style_that_would_begin_after_the_source_is_gone_is_refused() -> None:
    with pytest.raises(UserError, match='begins after the last source image; give it an earlier `schedule`'):
        fit(module(make('SHOT'), style=CycleGAN()))


def test_learned_styles_name_the_shape_of_grey_images() -> None:
    style = CycleGAN()
    style.build(3)
    grey = torch.rand(2, 1, 8, 8)
    with pytest.raises(ValueError, match=r'\(B, 3, H, W\), got \(2, 1, 8, 8\)'):
        style.losses(grey, torch.zeros(2, dtype=torch.int64), grey, 0.0)
