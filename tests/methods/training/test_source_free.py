"""Methods that give the source up after their first stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from toy import Toy
from training import TRAINING, fit, make, module, pair, same_network, same_weights
from watching import Keys, Save

from dann.core.errors import UserError
from dann.methods.training.source_free import SourceFree, load_weights
from dann.networks.weight_norm import WeightNormed
from dann.tasks import Classification

SOURCE_FREE = [name for name, kind in TRAINING.items() if issubclass(kind, SourceFree)]

LARGE = Toy('b', train=96)  # a pass over it is longer than half of a run of 20 steps


@pytest.mark.parametrize('name', SOURCE_FREE)
def test_the_source_is_out_of_reach_once_the_adaptation_begins(name: str, tmp_path: Path) -> None:
    keys, model, elsewhere = Keys(), module(make(name)), module(make(name), seed=5)
    fit(model, pair(target=LARGE), epochs=4, callbacks=[keys, Save(tmp_path / 'half.ckpt')])
    assert [('source' in seen) for seen in keys.seen] == [True] * 10 + [False] * 10
    noise = pair(Toy('c', seed=9), LARGE)
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
        fit(model, pair(source, LARGE), callbacks=[keys])
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
    assert all(parameter.requires_grad for parameter in model.network.parameters())
    assert 'loss/source' not in model.meter.means


def changed(model: Any, tmp_path: Path) -> set[str]:
    """Names of parameters that the adaptation stage moves."""
    fit(model, pair(target=LARGE), epochs=4, callbacks=[Save(tmp_path / 'half.ckpt')])
    half = torch.load(tmp_path / 'half.ckpt', weights_only=True)['state_dict']
    return {name for name, value in model.named_parameters() if not torch.equal(value, half[name])}


def test_shot_freezes_the_head_and_tent_all_but_batch_norm(tmp_path: Path) -> None:
    shot = changed(module(make('SHOT')), tmp_path)
    assert shot
    assert not any(name.startswith('network.head') for name in shot)
    tent = changed(module(make('TENT')), tmp_path)
    assert tent == {'network.backbone.layers.1.weight', 'network.backbone.layers.1.bias'}
    assert 'network.head.0.weight' in changed(module(make('NRC')), tmp_path)


def test_the_pool_is_surveyed_where_the_adaptation_begins_and_parameters_are_held_for_its_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model: Any = module(make('SHOT', refreshes=2))
    seen: list[int] = []
    head = [*model.network.head.parameters()]
    monkeypatch.setattr(SourceFree, '_planned', 20)
    model.survey = lambda: seen.append(model.taken)
    for taken in range(20):
        monkeypatch.setattr(SourceFree, 'taken', taken)
        batch = {'source': 0} if taken < 10 else {}
        model.prepare_step(batch)
        assert any(each.requires_grad for each in head) is (taken < 10)
        model.on_train_batch_end(None, batch, 0)
        assert all(each.requires_grad for each in head)
    assert seen == [10, 15]


@pytest.mark.parametrize('name', ['SHOT', 'NRC', 'CBST'])
def test_methods_that_look_at_the_pool_read_stored_features(name: str) -> None:
    model = module(make(name), freeze='all')
    data = pair(features='bank')
    fit(model, data, epochs=4)
    assert data.stored
    images = module(make(name), freeze='all')
    fit(images, pair(features='images'), epochs=4)
    for one, other in zip(model.network.head.parameters(), images.network.head.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_weights_that_lack_a_part_of_the_network_do_not_fit(tmp_path: Path) -> None:
    network = module().network
    state = dict(network.state_dict())
    state.popitem()
    torch.save(state, tmp_path / 'network.pt')
    with pytest.raises(UserError, match='does not fit the network'):
        load_weights(network, str(tmp_path / 'network.pt'))


@pytest.mark.parametrize('name', ['SHOT', 'NRC'])
def test_the_source_is_learned_with_smooth_labels_and_a_classifier_of_lengths_and_directions(
    name: str, tmp_path: Path
) -> None:
    model, plain = module(make(name)), module(make(name, label_smoothing=0.0, weight_norm=False))
    smooth, sharp = model.task, plain.task
    assert isinstance(smooth, Classification)
    assert isinstance(sharp, Classification)
    assert (smooth.label_smoothing, sharp.label_smoothing) == (0.1, 0.0)
    assert isinstance(model.network.head[-1], WeightNormed)
    assert not isinstance(plain.network.head[-1], WeightNormed)
    with pytest.raises(ValueError, match='`label_smoothing`'):
        module(make(name, label_smoothing=1.0))
    other = module(seed=3)
    torch.save(other.network.state_dict(), tmp_path / 'network.pt')
    load_weights(model.network, str(tmp_path / 'network.pt'))
    features = torch.randn(5, 6, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model.network.head(features), other.network.head(features))
