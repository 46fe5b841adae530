"""The shared network: reproducible at the start, and no label on a target view."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dann.networks.backbone import Backbone, weights_hash
from dann.networks.heads import classifier
from dann.networks.network import Network, norm_of

POLICIES: list[Any] = ['joint', 'separate', 'domain_specific']


class Flat(Backbone):
    """Pixels as features, without weights."""

    out_features = 12

    def extract(self, images: Tensor) -> Tensor:
        return images.flatten(1)


def draw(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, 2, 2, generator=torch.Generator().manual_seed(seed))


def make(seed: int = 0, drawn: int = 0, **options: Any) -> Network:
    torch.manual_seed(seed)
    torch.rand(drawn)
    return Network(Flat(), **{'bottleneck': 5, 'head': (6,), 'num_classes': 3, **options})


def test_numbers_drawn_before_do_not_change_the_first_weights() -> None:
    assert weights_hash(make(drawn=0)) == weights_hash(make(drawn=7)) == weights_hash(make(drawn=1000))


def test_another_seed_changes_bottleneck_and_head() -> None:
    one, two = make(0), make(1)
    assert weights_hash(one.bottleneck) != weights_hash(two.bottleneck)
    assert weights_hash(one.head) != weights_hash(two.head)


def test_making_the_network_draws_no_number_of_the_caller() -> None:
    torch.manual_seed(4)
    expected = torch.rand(3)
    torch.manual_seed(4)
    Network(Flat(), 5, (6,), 3)
    assert torch.equal(torch.rand(3), expected)
    assert torch.initial_seed() == 4


@pytest.mark.parametrize('batch_norm', POLICIES)
@pytest.mark.parametrize(('bs', 'bt'), [(4, 4), (7, 2), (2, 7)])
def test_views_have_the_sizes_of_their_batches(batch_norm: Any, bs: int, bt: int) -> None:
    labels = torch.arange(bs) % 3
    source, target = make(batch_norm=batch_norm, bottleneck_norm=True).both(
        draw(bs), labels, draw(bt, seed=1)
    )
    assert source.features.shape == (bs, 5)
    assert source.logits.shape == (bs, 3)
    assert target.features.shape == (bt, 5)
    assert target.logits.shape == (bt, 3)


@pytest.mark.parametrize('batch_norm', POLICIES)
def test_the_source_keeps_its_labels_and_the_target_has_none(batch_norm: Any) -> None:
    network = make(batch_norm=batch_norm)
    labels = torch.arange(6) % 3
    source, target = network.both(draw(6), labels, draw(6, seed=1))
    assert source.labels is not None
    assert torch.equal(source.labels, labels)
    assert target.labels is None
    assert network(draw(6)).labels is None
    assert network(draw(6), labels).labels is labels


def test_features_are_what_the_head_receives() -> None:
    network = make()
    view = network(draw(4))
    torch.testing.assert_close(view.logits, network.head(view.features))
    torch.testing.assert_close(view.features, network.bottleneck((draw(4).flatten(1) - 0.5) / 0.5))


def test_without_a_bottleneck_the_features_are_the_backbones() -> None:
    network = make(bottleneck=None)
    assert network.feature_dim == 12
    torch.testing.assert_close(network(draw(4)).features, (draw(4).flatten(1) - 0.5) / 0.5)
    assert make(bottleneck=5).feature_dim == 5


@pytest.mark.parametrize('batch_norm', POLICIES)
def test_each_domain_ends_up_in_its_own_view(batch_norm: Any) -> None:
    network = make(batch_norm=batch_norm)
    source, target = network.both(draw(4), torch.zeros(4).long(), draw(3, seed=1))
    torch.testing.assert_close(source.logits, network(draw(4)).logits)
    torch.testing.assert_close(target.logits, network(draw(3, seed=1)).logits)


def test_hidden_layers_are_seen_after_their_activation() -> None:
    network = Network(Flat(), 6, (5, 4), 3)
    view = network(torch.rand(7, 3, 2, 2))
    first = network.head[0](view.features).relu()
    second = network.head[2](first).relu()
    assert [part.shape[1] for part in view.hidden] == [5, 4]
    torch.testing.assert_close(view.hidden, (first, second))
    torch.testing.assert_close(view.logits, network.head[4](second))


def test_only_joint_batch_norm_passes_both_domains_at_once() -> None:
    sizes: list[int] = []
    for policy in POLICIES:
        network = Network(Flat(), 6, (), 3, bottleneck_norm=True, batch_norm=policy)
        network.backbone.register_forward_hook(lambda _module, _inputs, output: sizes.append(len(output)))
        network.both(torch.rand(5, 3, 2, 2), torch.zeros(5), torch.rand(4, 3, 2, 2))
    assert sizes == [9, 5, 4, 5, 4]


@pytest.mark.parametrize(('written', 'meant'), [(True, 'batch'), (False, 'none')])
def test_a_norm_that_is_true_or_false_is_batch_norm_or_none(written: bool, meant: Any) -> None:
    one, other = make(bottleneck_norm=written), make(bottleneck_norm=meant)
    assert weights_hash(one) == weights_hash(other)
    assert str(one) == str(other)
    assert norm_of(written) == meant


@pytest.mark.parametrize('norm', ['none', 'batch', 'layer'])
def test_the_bottleneck_has_the_norm_that_is_asked_for(norm: str) -> None:
    kinds = {'none': nn.ReLU, 'batch': nn.BatchNorm1d, 'layer': nn.LayerNorm}
    assert isinstance([*make(bottleneck_norm=norm).bottleneck.children()][1], kinds[norm])


def test_dropout_stays_out_of_evaluation_and_of_the_first_weights() -> None:
    plain, dropping = make(head=(6, 4)), make(head=(6, 4), bottleneck_dropout=0.5, head_dropout=0.5)
    one, other = plain.eval()(draw(4)), dropping.eval()(draw(4))
    torch.testing.assert_close(one.logits, other.logits)
    torch.testing.assert_close(one.features, other.features)
    kinds = [type(layer).__name__ for layer in (*dropping.bottleneck.children(), *dropping.head)]
    hidden = ['Linear', 'ReLU', 'Dropout']
    assert kinds == [*hidden, *hidden, *hidden, 'Linear']


def test_hidden_layers_are_seen_as_the_next_layer_sees_them() -> None:
    torch.manual_seed(0)
    network = make(head=(40, 30), head_dropout=0.5)
    view = network(draw(7))
    assert [part.shape[1] for part in view.hidden] == [40, 30]
    torch.testing.assert_close(view.logits, network.head[-1](view.hidden[-1]))


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'bottleneck_norm': 'bach'}, "expected `bottleneck_norm` to be one of .*, got 'bach'"),
        ({'bottleneck_dropout': 1.0}, 'expected `bottleneck_dropout` in'),
        ({'bottleneck_activation': 'tan'}, "expected `bottleneck_activation` to be one of .*, got 'tan'"),
        ({'head_dropout': -0.1}, 'expected `head_dropout` in'),
        ({'bottleneck': None, 'bottleneck_norm': 'layer'}, 'set the width of a `bottleneck`'),
        ({'bottleneck': None, 'bottleneck_dropout': 0.5}, 'set the width of a `bottleneck`'),
        ({'bottleneck': None, 'bottleneck_activation': 'none'}, 'set the width of a `bottleneck`'),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make(**options)


def test_dropout_of_the_features_is_no_hidden_layer() -> None:
    torch.manual_seed(0)
    network = make()
    network.head = classifier(network.feature_dim, (4,), 3, dropout=0.5)
    view = network.eval()(draw(5))
    assert [tuple(each.shape) for each in view.hidden] == [(5, 4)]
    torch.testing.assert_close(view.logits, network.head(view.features))
