"""Methods side by side on the same streams, and the firewall between them and labels."""

from __future__ import annotations

import time
from typing import Any

import pytest
import torch
from online_networks import model, segment, stream
from torch import Tensor
from toy import Toy

from dann.core.errors import CheckError, UserError
from dann.methods.online.chosen import online_methods
from dann.transfer.online import study
from dann.transfer.online.protocols import arranged
from dann.transfer.online.scoring import accuracies
from dann.transfer.online.stream import Segment, Stream
from dann.transfer.online.study import Passing, online, started

SOURCE = (255 * torch.rand(16, 3, 8, 8)).to(torch.uint8)
METHODS = ['none', 'bn_adapt', 'tent:lr=0.1', 'eata:reliable=1,similar=1,lr=0.1', 'sar:reliable=1,lr=0.1']
QUICK = [*METHODS, 'cotta:views=1']


class Scrambled(Toy):
    """The same domain with every label replaced by another class."""

    def labels(self, split: str) -> Tensor:
        return (super().labels(split) + 1) % 3


def scrambled(found: Stream) -> Stream:
    others = []
    for each in found.segments:
        assert isinstance(each.target, Toy)
        others.append(Segment(each.name, Scrambled(each.target.domain), each.index))
    return Stream(tuple(others), found.batches, found.protocol)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """The predictions of every pass."""
    found: list[Tensor] = []

    def spy(passed: Stream, predicted: Tensor) -> Any:
        found.append(predicted)
        return accuracies(passed, predicted)

    monkeypatch.setattr(study, 'accuracies', spy)
    return found


def test_labels_change_no_prediction(kept: list[Tensor]) -> None:
    honest = online([model()], [stream()], QUICK, source=SOURCE)
    blind = online([model()], [scrambled(stream())], QUICK, source=SOURCE)
    for one, other in zip(kept[: len(QUICK)], kept[len(QUICK) :], strict=True):
        assert torch.equal(one, other)
    assert [row.scores for row in honest.rows] != [row.scores for row in blind.rows]


def test_every_method_has_a_test_of_the_firewall() -> None:
    assert {name.partition(':')[0] for name in QUICK} == set(online_methods())


def test_no_label_is_read_before_all_is_predicted(
    kept: list[Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    labels = Toy.labels

    def spy(self: Toy, split: str) -> Tensor:
        read.append(len(kept))
        return labels(self, split)

    monkeypatch.setattr(Toy, 'labels', spy)
    online([model()], [stream()], ['none', 'tent'])
    assert read == [1, 1, 2, 2]  # each pass is scored after it has ended


def test_streams_pass_the_networks_in_turn_and_figures_are_paired() -> None:
    models, streams = [model(seed=0), model(seed=1)], [stream(seed=seed) for seed in range(3)]
    report = online(models, streams, ['none', 'tent'])
    assert report.as_json()['protocol'] == 'continual'
    assert (report.networks, len(report.rows[0].scores)) == (2, 3)
    alone = online([models[1]], [streams[1]], ['none'])
    assert alone.rows[0].scores[0] == report.rows[0].scores[1]
    again = online(models, streams, ['none', 'tent'])
    assert [row.scores for row in again.rows] == [row.scores for row in report.rows]


def test_reset_is_each_domain_by_itself_and_continual_goes_on(kept: list[Tensor]) -> None:
    methods = ['tent:lr=0.1', 'bn_adapt']
    both = [segment('b', count=36), segment('c', count=36)]
    for protocol in ('reset', 'continual'):
        online([model()], [arranged(protocol, both, batch_size=6)], methods)
    for each in both:
        online([model()], [arranged('one', [each], batch_size=6)], methods)
    (reset, reset_bn), (continual, continual_bn), (first, first_bn), (second, second_bn) = (
        kept[number : number + 2] for number in range(0, 8, 2)
    )
    assert torch.equal(reset, torch.cat([first, second]))
    assert torch.equal(continual[:36], first)
    assert not torch.equal(continual[36:], second)
    # which remembers nothing
    assert torch.equal(reset_bn, torch.cat([first_bn, second_bn]))
    assert torch.equal(continual_bn, reset_bn)


def test_the_network_as_it_is_does_not_mind_the_order() -> None:
    scores = [
        online([model()], [stream(protocol)], ['none']).rows[0].scores[0]
        for protocol in ('continual', 'gradual', 'mixed', 'reset')
    ]
    assert all(each == scores[0] for each in scores)


def test_progress_is_told() -> None:
    told: list[Passing] = []
    online([model()], [stream(batch_size=6)], ['none', 'tent'], tick=told.append)
    assert [each.images for each in told] == [6, 12, 18, 24] * 2
    assert {(each.method, each.number) for each in told} == {('none', 0), ('tent', 1)}


def test_the_model_is_left_as_it_is() -> None:
    made = model()
    before = {name: value.clone() for name, value in made.module.state_dict().items()}
    online([made], [stream()], QUICK, source=SOURCE)
    assert all(torch.equal(value, before[name]) for name, value in made.module.state_dict().items())


def test_data_of_other_classes_are_refused() -> None:
    class Other(Toy):
        classes = ('cyan', 'green', 'blue')

    made = segment()
    other = Other('b')
    other.prepare()
    passed = arranged('one', [Segment('other', other, made.index)], batch_size=4)
    with pytest.raises(
        UserError, match='has the classes cyan, green, blue, and the model was trained on red, green'
    ):
        online([model()], [passed], ['none'])


def test_a_method_that_needs_source_images_says_so() -> None:
    with pytest.raises(UserError, match='eata needs unlabelled images of the source'):
        online([model()], [stream()], ['eata'])


def test_a_network_without_batch_norm_is_refused_and_can_be_left_as_it_is() -> None:
    made = model(normed=False)
    with pytest.raises(UserError, match='tent adapts batch norm, of which the network has none'):
        online([made], [stream()], ['tent'])
    assert online([made], [stream()], ['none']).rows[0].scores


def test_nothing_and_one_method_twice_are_refused() -> None:
    with pytest.raises(CheckError, match='at least one model'):
        online([], [stream()], ['none'])
    with pytest.raises(CheckError, match='expected streams of one protocol, got continual, mixed'):
        online([model()], [stream(), stream('mixed')], ['none'])
    with pytest.raises(CheckError, match='each method once, got none, none'):
        online([model()], [stream()], ['none', 'none'])


def test_a_method_that_changes_images_is_refused_for_other_samples() -> None:
    made = model()
    made.card['preprocessing'] = {}
    with pytest.raises(UserError, match='cotta changes images, and the model takes none; leave cotta out'):
        started('cotta', made)


def test_the_time_is_that_of_the_pass_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def taking(seconds: float, name: str) -> None:
        done = getattr(study, name)

        def slow(*arguments: Any) -> Any:
            now[0] += seconds
            return done(*arguments)

        monkeypatch.setattr(study, name, slow)

    taking(100, 'started')
    taking(1, 'predictions')
    taking(100, 'accuracies')
    monkeypatch.setattr(time, 'monotonic', lambda: now[0])
    assert online([model()], [stream()], ['none']).rows[0].seconds == [1]
