"""TENT: what it moves, and what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import references as ref
import torch
from draws import draw
from toy import Toy
from training import fit, make, module, pair

from dann.core.errors import UserError
from dann.core.views import View
from dann.datasets.augment import Augment
from dann.methods.training.tent import pass_steps


@pytest.mark.parametrize('name', ['TENT'])
def test_a_network_without_batch_norm_is_refused_with_the_option_to_set(name: str) -> None:
    with pytest.raises(
        UserError, match=r'set batch_norm: true on the backbone \(--model.backbone.batch_norm'
    ):
        module(make(name), normed=False)


def test_batch_norms_scale_and_offset_alone_descend_on_the_entropy() -> None:
    model: Any = module(make('TENT'))
    frozen = {id(each) for each in model.frozen()}
    trained = {name for name, each in model.named_parameters() if id(each) not in frozen}
    assert trained == {'network.backbone.layers.1.weight', 'network.backbone.layers.1.bias'}
    logits = draw(7, 3)
    (loss,) = model.adapt({}, View(draw(7, 6, seed=1), logits)).values()
    assert loss.item() == pytest.approx(-ref.negative_entropy(logits.numpy()), rel=1e-9)


class Seen(pl.Callback):
    """Keeps the batches without source images, and what the first batch norm took and remembers after each."""

    def __init__(self) -> None:
        self.index: list[int] = []
        self.images: list[torch.Tensor] = []
        self.means: list[torch.Tensor] = []
        self.kept: list[torch.Tensor] = []

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if 'source' not in batch:
            self.index += batch['target_index'].tolist()
            self.images.append(batch['target'])
            with torch.no_grad():
                backbone = pl_module.network.backbone
                first = backbone.layers[0](
                    backbone.preprocess((batch['target'] - backbone.mean) / backbone.std)
                )
            self.means.append(first.mean(dim=(0, 2, 3)))
            self.kept.append(pl_module.network.backbone.layers[1].running_mean.clone())


@pytest.mark.parametrize(('size', 'begins', 'seen'), [(48, 14, 48), (50, 13, 50), (49, 14, 48), (96, 10, 80)])
def test_tent_ends_with_one_pass_over_the_pool_in_order(size: int, begins: int, seen: int) -> None:
    model, watch = module(make('TENT')), Seen()
    data = pair(target=Toy('b', train=size), augment=Augment(shift=1))
    fit(model, data, epochs=4, callbacks=[watch])
    assert model.stage_begins(20) == model.source_steps(20) == begins
    assert watch.index == list(range(seen))
    assert torch.equal(torch.cat(watch.images), torch.cat(list(data.pool()))[:seen])


def test_running_statistics_are_the_mean_over_the_batches_of_the_pass() -> None:
    model: Any = module(make('TENT'), normed=True)
    watch = Seen()
    fit(model, epochs=4, callbacks=[watch])
    for count, kept in enumerate(watch.kept, start=1):
        torch.testing.assert_close(kept, torch.stack(watch.means[:count]).mean(dim=0))
    assert model.network.backbone.layers[1].momentum == 0.1


def test_the_source_stage_has_its_share_at_least_and_a_run_without_source_is_one_pass(tmp_path: Path) -> None:
    model = module(make('TENT', source_share=0.8))
    fit(model, epochs=4)
    assert model.stage_begins(20) == 16
    torch.save(model.network.state_dict(), tmp_path / 'network.pt')
    alone = {'source_share': 0.0, 'init': str(tmp_path / 'network.pt')}
    watch = Seen()
    fit(module(make('TENT', **alone)), pair(steps_per_epoch=6), epochs=1, callbacks=[watch])
    assert watch.index == list(range(48))
    with pytest.raises(
        UserError, match=r'of 6 batches at most, got 10 steps; set --trainer.max_epochs 1 --data'
    ):
        fit(module(make('TENT', **alone)), epochs=2)


def test_a_pass_leaves_out_a_last_batch_of_one_image() -> None:
    assert [pass_steps(size, 4) for size in range(2, 11)] == [1, 1, 1, 1, 2, 2, 2, 2, 3]
