"""Normalisation, ensembling, self-training and source-free adaptation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import references_training_self as ref
import torch
from torch import Tensor, nn
from toy import Toy
from training import TRAINING, fit, make, module, pair, same_network, same_weights

from dann.core.errors import UserError
from dann.methods.alignment.coral import CORAL
from dann.methods.training.adabn import AdaBN, moments, pooled, reestimate
from dann.methods.training.fixmatch import confident_cross_entropy
from dann.methods.training.mean_teacher import MeanTeacher, confident, consistency, imbalance
from dann.methods.training.mic import MIC, block_mask, masked_consistency
from dann.methods.training.nrc import NRC, affinities, disagreement, divergence, nearest
from dann.methods.training.pseudo_labels import (
    CBST,
    balanced_labels,
    class_thresholds,
    pseudo_cross_entropy,
    survey,
)
from dann.methods.training.shot import SHOT, centroid_labels
from dann.methods.training.source_free import SourceFree


def draw(*shape: int, seed: int = 0, grad: bool = False) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_(grad)


@pytest.mark.parametrize('name', ['AdaBN', 'TENT'])
def test_a_network_without_batch_norm_is_refused_with_the_option_to_set(name: str) -> None:
    with pytest.raises(
        UserError, match=r'set batch_norm: true on the backbone \(--model.backbone.batch_norm'
    ):
        module(make(name), normed=False)


def test_pooled_moments_are_those_of_both_samples_together() -> None:
    one, other = draw(5, 3, 2, 4), 3 * draw(2, 3, 2, 4, seed=1) - 1
    count, mean, variance = pooled(moments(one), moments(other))
    means, variances = ref.channel_moments(torch.cat([one, other]).numpy())
    assert count == 7 * 8
    np.testing.assert_allclose(mean, means, rtol=1e-12)
    np.testing.assert_allclose(variance * count / (count - 1), variances, rtol=1e-12)


def test_statistics_are_those_of_the_whole_sample_whatever_the_batches() -> None:
    x, norm = draw(17, 3, 2, 2) * 2 + 5, nn.BatchNorm2d(3).double()
    norm.eval()
    reestimate([norm], norm, torch.split(x, 4))  # the last batch has one image and is left out
    means, variances = ref.channel_moments(x[:16].numpy())
    assert norm.running_mean is not None
    assert norm.running_var is not None
    np.testing.assert_allclose(norm.running_mean, means, rtol=1e-12)
    np.testing.assert_allclose(norm.running_var, variances, rtol=1e-12)
    assert not norm.training
    assert norm.track_running_stats
    assert norm.num_batches_tracked == 0


def test_adabn_trains_the_source_only_network_and_normalises_target_images_by_the_target() -> None:
    adapted, plain = module(make('AdaBN'), normed=True), module(normed=True)
    fit(adapted)
    fit(plain)
    assert isinstance(adapted, AdaBN)
    for ours, theirs in zip(adapted.network.parameters(), plain.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    norm = adapted._split()[0].norms['target']
    images = torch.cat(list(adapted.pool()))
    convolution: Any = adapted.network.get_submodule('backbone.layers.0')
    means, _ = ref.channel_moments(convolution(images * 2 - 1).detach().double().numpy())
    assert isinstance(norm.running_mean, Tensor)
    np.testing.assert_allclose(norm.running_mean.numpy(), means, rtol=1e-4, atol=1e-5)
    source, target = pair_images()
    assert torch.equal(adapted.network.eval()(source).logits, plain.network.eval()(source).logits)
    assert not torch.allclose(adapted(target), plain(target), atol=1e-3)


def pair_images() -> tuple[Tensor, Tensor]:
    data = pair()
    data.prepare_data()
    data.setup()
    return data.examples(8)


@pytest.mark.parametrize('shape', [(9, 4), (1, 2), (33, 31)])
@pytest.mark.parametrize('threshold', [None, 0.0, 0.5, 0.999])
def test_consistency(shape: tuple[int, int], threshold: float | None) -> None:
    student, teacher = (2 * draw(*shape, seed=seed) for seed in (1, 2))
    p, q = student.softmax(1), teacher.softmax(1)
    expected = ref.consistency(ref.softmax(student.numpy()), ref.softmax(teacher.numpy()), threshold)
    assert float(consistency(p, q, threshold)) == pytest.approx(expected, rel=1e-9)


def test_consistency_is_zero_on_equal_predictions_and_never_reaches_the_teacher() -> None:
    p, q = (draw(7, 3, seed=seed).softmax(1).requires_grad_() for seed in (1, 2))
    assert float(consistency(p, p, None).detach()) == 0
    loss = consistency(p, q, 0.4)
    ours, theirs = torch.autograd.grad(loss, [p, q], allow_unused=True)
    assert ours.abs().max() > 0
    assert theirs is None
    assert 0 < float(confident(q, 0.4).mean()) < 1
    assert torch.autograd.gradcheck(lambda x: consistency(x, q, 0.4), [p])


@pytest.mark.parametrize('shape', [(9, 4), (1, 2), (33, 31)])
def test_imbalance(shape: tuple[int, int]) -> None:
    logits = 2 * draw(*shape, seed=1)
    expected = ref.imbalance(ref.softmax(logits.numpy()))
    assert float(imbalance(logits.softmax(1))) == pytest.approx(expected, rel=1e-9)


def test_imbalance_is_lowest_at_the_uniform_mean_and_finite_at_a_corner() -> None:
    even = torch.eye(4, dtype=torch.float64)
    assert float(imbalance(even)) < float(imbalance(draw(6, 4).softmax(1)))
    corner = even[:1].expand(5, 4).clone().requires_grad_()
    loss = imbalance(corner)
    assert loss.isfinite()
    assert torch.autograd.grad(loss, corner)[0].isfinite().all()


def test_the_teacher_is_evaluated_and_moves_with_every_step() -> None:
    model = module(make('MeanTeacher', decay=0.5))
    assert isinstance(model, MeanTeacher)
    fit(model)
    assert model.evaluated is model.teacher.network
    assert float(model.teacher.updates) == 10
    assert not any(parameter.requires_grad for parameter in model.evaluated.parameters())
    ours, theirs = (next(net.parameters()) for net in (model.network, model.evaluated))
    assert not torch.equal(ours, theirs)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0.1)


@pytest.mark.parametrize('shape', [(9, 4), (1, 2), (33, 31)])
@pytest.mark.parametrize('threshold', [0.0, 0.5, 0.999])
def test_confident_cross_entropy(shape: tuple[int, int], threshold: float) -> None:
    strong, weak = (2 * draw(*shape, seed=seed) for seed in (1, 2))
    expected = ref.confident_cross_entropy(strong.numpy(), weak.numpy(), threshold)
    assert float(confident_cross_entropy(strong, weak, threshold)) == pytest.approx(expected, rel=1e-9)


def test_without_a_confident_sample_the_loss_is_zero_and_attached() -> None:
    strong, weak = draw(6, 3, seed=1, grad=True), draw(6, 3, seed=2, grad=True)
    loss = confident_cross_entropy(strong, weak, 1.0)
    assert float(loss.detach()) == 0
    assert torch.equal(torch.autograd.grad(loss, strong, retain_graph=True)[0], torch.zeros_like(strong))
    loss = confident_cross_entropy(strong, weak, 0.5)
    assert torch.autograd.grad(loss, [strong, weak], allow_unused=True)[1] is None


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('MeanTeacher', {'threshold': 1.0}, r'`threshold` in \[0, 1\) or null, got 1.0'),
        ('MeanTeacher', {'balance': -1.0}, '`balance` of at least 0'),
        ('MeanTeacher', {'decay': 1.0}, '`decay` in'),
        ('CBST', {'start': 1.0}, r'`start` in \[0, 1\), got 1.0'),
        ('CBST', {'portion': 0.0}, r'in \(0, 1\], got 0.0 and 0.5'),
        ('SHOT', {'source_share': 1.0}, r'`source_share` in \[0, 1\), got 1.0'),
        ('SHOT', {'source_share': 0.0}, r'`init` where `source_share` is 0.*pass --model.init PATH'),
        ('SHOT', {'pseudo_weight': -1.0}, '`pseudo_weight` of at least 0'),
        ('NRC', {'neighbours': 0}, '`neighbours` and `expanded` of at least 1, got 0 and 5'),
        ('NRC', {'affinity': 2.0}, r'`affinity` in \[0, 1\]'),
        ('MIC', {'ratio': 1.0}, r'`ratio` in \[0, 1\)'),
        ('MIC', {'block': 0.0}, r'`block` in \(0, 1\]'),
        ('FixMatch', {'threshold': 1.5}, r'`threshold` in \[0, 1\], got 1.5'),
    ],
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))


@pytest.mark.parametrize('shape', [(29, 4), (1, 2), (7, 9), (200, 31)])
@pytest.mark.parametrize('portion', [0.01, 0.2, 0.5, 1.0])
def test_balanced_pseudo_labels(shape: tuple[int, int], portion: float) -> None:
    p = (2 * draw(*shape)).softmax(1)
    thresholds = class_thresholds(p, portion)
    np.testing.assert_allclose(thresholds, ref.class_thresholds(p.numpy(), portion), rtol=1e-12)
    labels = balanced_labels(p, thresholds)
    np.testing.assert_array_equal(labels, ref.balanced_labels(p.numpy(), thresholds.numpy()))
    expected = ref.pseudo_cross_entropy(p.log().numpy(), labels.numpy())
    assert float(pseudo_cross_entropy(p.log(), labels)) == pytest.approx(expected, rel=1e-9)


def test_the_same_portion_of_every_predicted_class_is_labelled() -> None:
    p = (draw(300, 3) + torch.tensor([2.0, 0.5, 0.0])).softmax(1)  # the first class is predicted most
    confidence, predictions = p.max(1)
    chosen = confidence >= class_thresholds(p, 0.3)[predictions]
    for c in range(3):
        of_class = predictions == c
        assert int((chosen & of_class).sum()) == int(0.3 * int(of_class.sum()))


def test_labels_come_at_the_first_interval_after_the_start_and_are_used() -> None:
    model = module(make('CBST', start=0.5))
    assert isinstance(model, CBST)
    fit(model, epochs=2)
    assert 0 < int((model.labels >= 0).sum()) < 48
    alone = module(make('CBST', start=0.6))
    assert isinstance(alone, CBST)
    fit(alone, epochs=2)
    assert bool((alone.labels == -1).all())
    assert alone.meter.means['loss/pseudo'] == 0


def test_a_survey_leaves_no_trace_and_follows_target_index() -> None:
    model, data = module(make('CBST'), normed=True), pair()
    fit(model, data)
    model.train()
    model.network.head.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    view = survey(model)
    assert not view.features.requires_grad
    assert model.network.backbone.training
    assert not model.network.head.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    batch = data.train_dataloader().dataset[0]
    logits = model.eval().network(batch['target'], domain='target').logits
    torch.testing.assert_close(view.logits[batch['target_index']], logits)


def test_a_batch_without_a_label_gives_zero_attached_to_the_graph() -> None:
    logits = draw(5, 3, grad=True)
    loss = pseudo_cross_entropy(logits, torch.full((5,), -1))
    assert float(loss.detach()) == 0
    assert torch.equal(torch.autograd.grad(loss, logits)[0], torch.zeros_like(logits))


OWN = ['AdaBN', 'CBST', 'FixMatch', 'MIC', 'MeanTeacher', 'NRC', 'SHOT', 'TENT']
SOURCE_FREE = [name for name, kind in TRAINING.items() if issubclass(kind, SourceFree)]


class Save(pl.Callback):
    """Saves the second epoch's checkpoint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.current_epoch == 1:
            trainer.save_checkpoint(self.path)


class SaveInside(pl.Callback):
    """Saves a checkpoint inside an interval, as ModelCheckpoint does with `every_n_train_steps`."""

    def __init__(self, path: Path, step: int) -> None:
        self.path, self.step = path, step

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.fit_loop.epoch_loop.total_batch_idx + 1 == self.step:
            trainer.save_checkpoint(self.path)


@pytest.mark.parametrize('name', OWN)
@pytest.mark.parametrize('step', [7, 13])
def test_a_run_continued_inside_an_interval_ends_with_the_same_weights(
    name: str, step: int, tmp_path: Path
) -> None:
    whole, continued = module(make(name)), module(make(name), seed=5)
    fit(whole, epochs=4, callbacks=[SaveInside(tmp_path / 'inside.ckpt', step)])
    fit(continued, epochs=4, ckpt_path=tmp_path / 'inside.ckpt', weights_only=True)
    assert same_weights(whole, continued)


class Keys(pl.Callback):
    """Notes what each batch holds."""

    def __init__(self) -> None:
        self.seen: list[set[str]] = []

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, *_: Any
    ) -> None:
        self.seen.append(set(batch))


@pytest.mark.parametrize('name', SOURCE_FREE)
def test_the_source_is_out_of_reach_once_the_adaptation_begins(name: str, tmp_path: Path) -> None:
    keys, model, elsewhere = Keys(), module(make(name)), module(make(name), seed=5)
    fit(model, epochs=4, callbacks=[keys, Save(tmp_path / 'half.ckpt')])
    assert [('source' in seen) for seen in keys.seen] == [True] * 10 + [False] * 10
    noise = pair(Toy('c', seed=9))
    fit(elsewhere, noise, epochs=4, ckpt_path=tmp_path / 'half.ckpt', weights_only=True)
    assert same_weights(model, elsewhere)


@pytest.mark.parametrize('name', SOURCE_FREE)
def test_a_source_model_trained_elsewhere_needs_no_source(name: str, tmp_path: Path) -> None:
    normed = name == 'TENT'
    trained = module(normed=normed)
    trainer = fit(trained)
    trainer.save_checkpoint(tmp_path / 'source.ckpt')
    torch.save(trained.network.state_dict(), tmp_path / 'network.pt')
    models = []
    for file, source in (('source.ckpt', Toy('a')), ('network.pt', Toy('c', seed=9))):
        keys, model = Keys(), module(make(name, source_share=0.0, init=str(tmp_path / file)), seed=3)
        fit(model, pair(source), callbacks=[keys])
        assert not any('source' in seen for seen in keys.seen)
        models.append(model)
    assert same_weights(*models)
    assert not same_network(models[0], trained)
    wider = module(make(name, init=str(tmp_path / 'network.pt')), bottleneck=7)
    with pytest.raises(UserError, match=r'does not fit the network .*set the backbone, bottleneck and head'):
        fit(wider)
    with pytest.raises(UserError, match=r'cannot read `init` .*pass a checkpoint of `dann fit`'):
        fit(module(make(name, init=str(tmp_path / 'none.ckpt'))))
    (tmp_path / 'text.ckpt').write_text('no checkpoint')
    with pytest.raises(UserError, match='cannot read `init`'):
        fit(module(make(name, init=str(tmp_path / 'text.ckpt'))))


@pytest.mark.parametrize('name', SOURCE_FREE)
def test_stages_may_change_inside_an_interval(name: str) -> None:
    model = module(make(name, source_share=0.35))
    fit(model, epochs=2)
    assert bool(model.surveyed)
    assert all(parameter.requires_grad for parameter in model.network.parameters())
    assert 'loss/source' not in model.meter.means


def changed(model: Any, tmp_path: Path) -> set[str]:
    """Names of parameters that the adaptation stage moves."""
    fit(model, epochs=4, callbacks=[Save(tmp_path / 'half.ckpt')])
    half = torch.load(tmp_path / 'half.ckpt', weights_only=True)['state_dict']
    return {name for name, value in model.named_parameters() if not torch.equal(value, half[name])}


def test_shot_freezes_the_head_and_tent_all_but_batch_norm(tmp_path: Path) -> None:
    shot = changed(module(make('SHOT')), tmp_path)
    assert shot
    assert not any(name.startswith('network.head') for name in shot)
    tent = changed(module(make('TENT')), tmp_path)
    assert tent == {'network.backbone.layers.1.weight', 'network.backbone.layers.1.bias'}
    assert 'network.head.0.weight' in changed(module(make('NRC')), tmp_path)


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


@pytest.mark.parametrize('sizes', [(23, 5, 4, 3), (40, 1, 5, 5), (4, 3, 1, 3)])
def test_nrc(sizes: tuple[int, int, int, int]) -> None:
    count, batch, neighbours, expanded = sizes
    features, p = draw(count, 3), (2 * draw(count, 4, seed=1)).softmax(1)
    own = torch.arange(count).flip(0)[:batch]
    bank = torch.nn.functional.normalize(features, dim=1)
    near = nearest(own, bank, neighbours)
    far = nearest(near, bank, expanded)
    weights = affinities(own, far, 0.1).double()
    expected = ref.nrc(features.numpy(), p.numpy(), own.tolist(), neighbours, expanded, 0.1)
    # the weak affinity is the nearest float32
    assert float(disagreement(p[own], p[near], weights)) == pytest.approx(expected['neighbours'], rel=1e-6)
    assert float(disagreement(p[own], p[far.flatten(1)], 0.1)) == pytest.approx(
        expected['expanded'], rel=1e-9
    )
    assert float(disagreement(p[own], p[own][:, None], 1.0)) == pytest.approx(expected['self'], rel=1e-9)
    assert float(divergence(p[own])) == pytest.approx(expected['divergence'], rel=1e-9)


def test_nobody_is_their_own_neighbour_even_among_copies() -> None:
    bank = torch.nn.functional.normalize(torch.ones(6, 2), dim=1)
    own = torch.tensor([3, 0])
    near = nearest(own, bank, 5)
    assert not (near == own[:, None]).any()
    assert sorted(near[0].tolist()) == [0, 1, 2, 4, 5]


def test_divergence_is_zero_on_an_even_batch_and_log_c_on_one_class() -> None:
    even = torch.eye(4, dtype=torch.float64)
    assert float(divergence(even)) == pytest.approx(0, abs=1e-12)
    one = even[:1].expand(3, 4).clone().requires_grad_()
    assert float(divergence(one).detach()) == pytest.approx(np.log(4))
    assert torch.autograd.grad(divergence(one), one)[0].isfinite().all()


def test_nrc_refuses_more_neighbours_than_images_and_keeps_banks_of_the_pool() -> None:
    with pytest.raises(ValueError, match='more target images than the 48 neighbours of each, got 48; lower'):
        fit(module(make('NRC', neighbours=48)))
    model = module(make('NRC'))
    assert isinstance(model, NRC)
    fit(model)
    torch.testing.assert_close(model.score_bank.sum(1), torch.ones(48))
    assert bool((model.feature_bank.norm(dim=1) < 1 + 1e-5).all())


@pytest.mark.parametrize(('block', 'height', 'width'), [(3, 7, 10), (1, 4, 2), (8, 8, 8)])
def test_masks_are_blocks(block: int, height: int, width: int) -> None:
    noise = draw(3, -(-height // block), -(-width // block)).sigmoid()
    kept = block_mask(noise, 0.6, block, height, width)
    np.testing.assert_array_equal(kept, ref.block_mask(noise.numpy(), 0.6, block, height, width))


def test_mic_hides_the_share_asked_for_behind_the_backbones_mean() -> None:
    model = module(make('MIC', ratio=0.7, block=0.25))
    assert isinstance(model, MIC)
    torch.manual_seed(0)
    images = torch.rand(200, 3, 8, 8) * 0.4
    hidden = model.hide(images) == 0.5
    assert float(hidden.float().mean()) == pytest.approx(0.7, abs=0.03)
    assert not torch.equal(model.hide(images), model.hide(images))
    assert bool((hidden.all(dim=1) == hidden.any(dim=1)).all())
    nothing = module(make('MIC', ratio=0.0))
    assert isinstance(nothing, MIC)
    assert torch.equal(nothing.hide(images), images)


@pytest.mark.parametrize('shape', [(9, 4), (1, 2), (33, 31)])
def test_masked_consistency(shape: tuple[int, int]) -> None:
    masked, whole = (2 * draw(*shape, seed=seed, grad=True) for seed in (1, 2))
    loss = masked_consistency(masked, whole)
    expected = ref.masked_consistency(masked.detach().numpy(), whole.detach().numpy())
    assert float(loss.detach()) == pytest.approx(expected, rel=1e-9)
    assert torch.autograd.grad(loss, [masked, whole], allow_unused=True)[1] is None


def test_mic_joins_an_alignment() -> None:
    model = module(make('MIC'), alignment=CORAL())
    fit(model)
    assert model.meter.means.keys() == {'loss/source', 'loss/coral', 'loss/masked'}
