"""Batch norm, few labels and styles of features under the methods that take several passes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from toy import Toy
from training import STAGED, TRAINING, fit, make, module, pair

from dann.core.errors import UserError
from dann.methods.style.cyclegan import CycleGAN
from dann.methods.style.mixstyle import MixStyle
from dann.methods.style.moments import reinhard
from dann.methods.training.mcd import MCD
from dann.methods.training.mic import MIC
from dann.methods.training.sdat import SDAT
from dann.networks.batch_norm import DomainSpecificBatchNorm

ONE_STAGE = [name for name in TRAINING if name not in STAGED]


def target_statistics(model: Any) -> Tensor:
    (split,) = [each for each in model.network.modules() if isinstance(each, DomainSpecificBatchNorm)]
    norm = split.norms['target']
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    return norm.running_mean


@pytest.mark.parametrize('adapt_at', ['weights', 'perturbed'])
def test_sdat_estimates_the_targets_statistics(adapt_at: str) -> None:
    model = module(make('SDAT', adapt_at=adapt_at), normed=True, batch_norm='domain_specific')
    fit(model)
    assert isinstance(model, SDAT)
    assert target_statistics(model).abs().max() > 0


def test_masked_images_move_no_statistics() -> None:
    plain, masked = (module(make('MIC', weight=0.0, ratio=ratio), normed=True) for ratio in (0.0, 0.9))
    for model in (plain, masked):
        assert isinstance(model, MIC)
        fit(model)
    torch.testing.assert_close(plain.network.state_dict(), masked.network.state_dict())


def test_sdat_mixes_features_in_both_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    model = module(make('SDAT'), style=MixStyle(probability=1.0))
    assert isinstance(model.style, MixStyle)
    mixed = model.style.mixed

    def watched(features: Tensor, source: int, strength: float) -> Tensor:
        sizes.append(len(features))
        return mixed(features, source, strength)

    monkeypatch.setattr(model.style, 'mixed', watched)
    fit(model, epochs=1)
    assert sizes == 10 * [16]


@pytest.mark.parametrize('name', TRAINING)
def test_few_labels_reach_every_training_method(name: str) -> None:
    with_labels, without = (module(make(name)) for _ in range(2))
    fit(with_labels, pair(shots=2))
    fit(without)
    assert 'loss/shots' in with_labels.meter.means
    assert any(
        not torch.equal(ours, theirs)
        for ours, theirs in zip(with_labels.parameters(), without.parameters(), strict=True)
    )


def test_both_of_mcds_classifiers_learn_from_few_labels() -> None:
    model = module(make('MCD'))
    assert isinstance(model, MCD)
    fit(model, pair(shots=2))
    assert {'loss/shots', 'loss/second_shots'} <= model.meter.means.keys()


def test_shots_that_leave_too_few_images_are_refused() -> None:
    with pytest.raises(UserError, match='leave 6 unlabelled training samples of toy/b, needs 8; lower'):
        fit(module(), pair(target=Toy('b', train=18), shots=4))


def test_a_style_that_would_begin_after_the_source_is_gone_is_refused() -> None:
    with pytest.raises(UserError, match='begins after the last source image; give it an earlier `schedule`'):
        fit(module(make('SHOT'), style=CycleGAN()))


def test_learned_styles_name_the_shape_of_grey_images() -> None:
    style = CycleGAN()
    style.build(3)
    grey = torch.rand(2, 1, 8, 8)
    with pytest.raises(ValueError, match=r'\(B, 3, H, W\), got \(2, 1, 8, 8\)'):
        style.losses(grey, torch.zeros(2, dtype=torch.int64), grey, 0.0)


def test_reinhard_is_finite_on_a_few_bright_pixels() -> None:
    dark, half = torch.zeros(1, 3, 48, 48), torch.zeros(1, 3, 48, 48)
    dark[..., 0, :2] = 1
    half[..., :24] = 1
    assert reinhard(dark, half).isfinite().all()
