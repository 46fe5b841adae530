"""SHOT: labels from centroids, and the frozen head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import references_training_self as ref
import torch
from draws import draw
from training import fit, make, module, pair, same_network

from dann.core.schedules import InverseDecay
from dann.core.views import View
from dann.methods.training.shot import SHOT, centroid_labels
from dann.methods.training.source_free import load_weights
from dann.networks.weight_norm import WeightNormed


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('SHOT', {'source_share': 1.0}, r'`source_share` in \[0, 1\), got 1.0'),
        ('SHOT', {'source_share': 0.0}, r'`init` where `source_share` is 0.*pass --model.init PATH'),
        ('SHOT', {'pseudo_weight': -1.0}, '`pseudo_weight` of at least 0'),
        ('SHOT', {'refreshes': 0}, '`refreshes` of at least 1, got 0'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


@pytest.mark.parametrize('shape', [(29, 4, 5), (3, 2, 2), (40, 9, 3)])
@pytest.mark.parametrize('rounds', [1, 2, 3])
@pytest.mark.parametrize('homogeneous', [False, True])
def test_centroid_labels(shape: tuple[int, int, int], rounds: int, homogeneous: bool) -> None:
    count, classes, width = shape
    features, p = draw(count, width), draw(count, classes, seed=1).softmax(1)
    labels = centroid_labels(features, p, rounds, homogeneous=homogeneous)
    expected = ref.centroid_labels(features.numpy(), p.numpy(), rounds, homogeneous=homogeneous)
    np.testing.assert_array_equal(labels.numpy(), expected)


def test_centroids_correct_a_label_inside_a_cluster_and_never_give_an_unpredicted_class() -> None:
    features = torch.cat([draw(10, 2) * 0.1 + torch.tensor([1, 0]), draw(10, 2) * 0.1 + torch.tensor([0, 1])])
    truth = torch.arange(20) // 10
    p = torch.full((20, 3), 0.1, dtype=torch.float64)
    p[torch.arange(20), truth] = 0.8
    p[0] = torch.tensor([0.2, 0.7, 0.1])
    assert torch.equal(centroid_labels(features, p), truth)
    assert torch.equal(centroid_labels(features[:1] * 0, p[:1]), torch.tensor([1]))


def test_shot_smooths_the_source_labels_and_weighs_the_pseudo_labels(tmp_path: Path) -> None:
    model = module(make('SHOT', label_smoothing=0.3))
    assert isinstance(model, SHOT)
    assert model.task.label_smoothing == 0.3
    one, two = module(make('SHOT', pseudo_weight=0.0)), module(make('SHOT'))
    fit(one, epochs=4)
    fit(two, epochs=4)
    assert one.meter.means['loss/pseudo'] == 0
    assert not same_network(one, two)


def test_a_class_that_is_never_predicted_takes_no_sample_though_its_centroid_is_the_nearest() -> None:
    features = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    p = torch.tensor([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.4, 0.25, 0.35]], dtype=torch.float64)
    assert centroid_labels(features, p).tolist() == [0, 1, 0]


@pytest.mark.parametrize('seed', [134, 146, 170, 234])
def test_a_class_that_lost_its_samples_in_the_first_round_takes_none_in_the_second(seed: int) -> None:
    features, p = draw(5, 2, seed=seed), (2 * draw(5, 3, seed=seed + 1)).softmax(1)
    left = set(centroid_labels(features, p, rounds=1).tolist())
    assert left < set(p.argmax(1).tolist())
    labels = centroid_labels(features, p)
    assert set(labels.tolist()) <= left
    expected = ref.centroid_labels(features.numpy(), p.numpy(), 2, homogeneous=False)
    np.testing.assert_array_equal(labels.numpy(), expected)


def test_a_step_of_shot_against_the_formulas() -> None:
    model: Any = module(make('SHOT', pseudo_weight=0.25))
    assert model.task.label_smoothing == 0.1
    assert model.refreshes == 15
    assert {id(each) for each in model.frozen()} == {id(each) for each in model.network.head.parameters()}
    model.labels = torch.tensor([2, 0, 1, 1])
    index, logits = torch.tensor([3, 0, 1]), draw(3, 3)
    losses = model.adapt({'target_index': index}, View(draw(3, 6, seed=1), logits))
    chosen = ref.softmax(logits.numpy())[range(3), model.labels[index]]
    assert losses['pseudo'].item() == pytest.approx(-0.25 * np.log(chosen).mean(), rel=1e-9)
    mean = ref.softmax(logits.numpy()).mean(axis=0)
    certain = -(ref.softmax(logits.numpy()) * np.log(ref.softmax(logits.numpy()))).sum(axis=1).mean()
    assert losses['infomax'].item() == pytest.approx(certain + (mean * np.log(mean)).sum(), rel=1e-9)


class Labelled(pl.Callback):
    """Notes the steps at which the pool is labelled."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def on_fit_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        label = pl_module.survey

        def survey() -> None:
            self.steps.append(pl_module.taken)
            label()

        pl_module.survey = survey


@pytest.mark.parametrize(
    ('refreshes', 'steps'), [(1, [10]), (2, [10, 15]), (3, [10, 14, 17]), (15, list(range(10, 20)))]
)
@pytest.mark.parametrize('epochs', [1, 4, 10])
def test_the_pool_is_labelled_as_often_as_asked_for_whatever_the_evaluations(
    refreshes: int, steps: list[int], epochs: int
) -> None:
    model, watch = module(make('SHOT', refreshes=refreshes)), Labelled()
    fit(model, pair(steps_per_epoch=20 // epochs), epochs=epochs, callbacks=[watch])
    assert watch.steps == steps


def test_shots_classifier_has_weight_norm_starts_as_that_of_others_and_loads_a_plain_source_model(
    tmp_path: Path,
) -> None:
    model, plain, other = module(make('SHOT')), module(make('SHOT', weight_norm=False)), module(seed=3)
    features = draw(5, 6).float()
    assert isinstance(model.network.head[-1], WeightNormed)
    assert not isinstance(plain.network.head[-1], WeightNormed)
    torch.testing.assert_close(model.network.head(features), module().network.head(features))
    torch.save(other.network.state_dict(), tmp_path / 'network.pt')
    load_weights(model.network, str(tmp_path / 'network.pt'))
    torch.testing.assert_close(model.network.head(features), other.network.head(features))


def test_the_authors_recipe_can_be_written() -> None:
    def sgd(groups: Any) -> torch.optim.Optimizer:
        return torch.optim.SGD(groups, lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-3)

    recipe: dict[str, Any] = {'bottleneck': 16, 'bottleneck_norm': 'batch', 'backbone_lr_scale': 0.1}
    model = module(make('SHOT'), normed=True, optimizer=sgd, lr_schedule=InverseDecay(), **recipe)
    trainer = fit(model, epochs=4)
    backbone, rest = trainer.optimizers[0].param_groups
    assert (rest['lr'], rest['nesterov'], rest['weight_decay']) == (
        pytest.approx(0.01 * 11**-0.75),
        True,
        1e-3,
    )
    assert backbone['lr'] == pytest.approx(0.1 * rest['lr'])
    assert model.meter.means.keys() == {'loss/infomax', 'loss/pseudo'}
