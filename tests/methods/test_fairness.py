"""What makes rare classes and groups count, under every training method, found and not listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from toy import Toy
from training import TRAINING, fit, make, module, pair, same_weights

from dann.core.errors import CheckError, UserError
from dann.core.fairness import Fairness
from dann.core.registry import registered
from dann.datasets import DomainPair
from dann.engine.module import AdaptationModule
from dann.tasks.group_dro import GroupDRO

KINDS: dict[str, Any] = registered(Fairness, 'dann.tasks')
GROUPS = ('dusk', 'night')


class Save(pl.Callback):
    """Saves a checkpoint at the end of the second epoch."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.current_epoch == 1:
            trainer.save_checkpoint(self.path)


def grouped(**options: Any) -> DomainPair:
    return pair(Toy('a', groups=GROUPS), Toy('b'), **options)


def test_all_are_found() -> None:
    assert KINDS.keys() >= {'ClassWeights', 'EqualisedOdds', 'GroupDRO', 'GroupWeights', 'IRM', 'VREx'}
    for kind in KINDS.values():
        text = kind.__doc__
        assert text.index('\n    Fails when:\n') < text.index('\n    Reference:\n')
        assert '.. math::' in text


@pytest.mark.parametrize('kind', KINDS)
def test_each_trains_a_network_and_its_terms_are_finite(kind: str) -> None:
    model = module(make('DANN'), fairness=KINDS[kind]())
    fit(model, grouped())
    assert 'loss/source' in model.meter.means


@pytest.mark.parametrize('name', [name for name, kind in TRAINING.items() if not kind.many_sources])
def test_every_training_method_that_looks_at_the_source_weighs_it(name: str) -> None:
    plain, weighed = module(make(name)), module(make(name), fairness=GroupDRO(eta=1.0))
    fit(plain, grouped(), epochs=1)
    fit(weighed, grouped(), epochs=1)
    dro = weighed.fairness
    assert isinstance(dro, GroupDRO)
    assert dro.probabilities[:2].sum().item() == pytest.approx(1)
    assert dro.probabilities[0] != dro.probabilities[1]
    assert any(
        not torch.equal(left, right)
        for left, right in zip(plain.parameters(), weighed.parameters(), strict=True)
    )


@pytest.mark.parametrize('name', [name for name, kind in TRAINING.items() if kind.many_sources])
def test_a_method_that_weighs_its_sources_itself_takes_no_other_weights(name: str) -> None:
    with pytest.raises(CheckError, match=f'{name} weighs its sources itself; leave `fairness` out'):
        module(make(name), fairness=GroupDRO())


def test_groups_that_are_not_there_are_asked_for() -> None:
    with pytest.raises(UserError, match='GroupDRO needs groups: toy/a has no groups; set `groups`'):
        fit(module(fairness=GroupDRO()))


def test_labelled_target_images_count_as_they_are() -> None:
    model = module(fairness=GroupDRO())
    fit(model, grouped(shots=2))
    assert 'loss/shots' in model.meter.means


def test_a_resumed_run_goes_on_with_the_weights_of_its_groups(tmp_path: Path) -> None:
    whole, continued = (module(fairness=GroupDRO(eta=1.0), seed=seed) for seed in (0, 5))
    fit(whole, grouped(), epochs=4, callbacks=[Save(tmp_path / 'half.ckpt')])
    fit(continued, grouped(), epochs=4, ckpt_path=tmp_path / 'half.ckpt', weights_only=True)
    assert same_weights(whole, continued)


def test_a_checkpoint_is_restored_with_it(tmp_path: Path) -> None:
    model = module(fairness=GroupDRO(eta=1.0))
    trainer = fit(model, grouped(), epochs=1)
    trainer.save_checkpoint(tmp_path / 'model.ckpt')
    found = AdaptationModule.load_from_checkpoint(tmp_path / 'model.ckpt')
    assert isinstance(found.fairness, GroupDRO)
    assert same_weights(found, model)
