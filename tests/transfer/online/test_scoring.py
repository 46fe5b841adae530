"""The evaluator of a stream."""

from __future__ import annotations

import pytest
import torch
from online_networks import segment, stream
from toy import Toy

from dann.transfer.online.protocols import arranged
from dann.transfer.online.scoring import accuracies


@pytest.mark.parametrize('protocol', ['continual', 'mixed', 'reset'])
def test_accuracies_are_those_of_a_count(protocol: str) -> None:
    passed = stream(protocol)
    truth = [
        int(passed.segments[number].target.labels('test')[passed.segments[number].index[place]])
        for batch in passed.batches
        for number, place in zip(batch.segment.tolist(), batch.place.tolist(), strict=True)
    ]
    assert accuracies(passed, torch.tensor(truth)) == {'online': 1, 'toy/b': 1, 'toy/c': 1}
    wrong = torch.tensor(truth)
    numbers = torch.cat([batch.segment for batch in passed.batches])
    wrong[(numbers == 1).nonzero().flatten()[:3]] += 1  # three of the second domain's twelve
    assert accuracies(passed, wrong) == {'online': 21 / 24, 'toy/b': 1, 'toy/c': 9 / 12}


def test_without_labels_there_is_no_accuracy() -> None:
    class Blind(Toy):
        labelled = False

    blind = Blind('b')
    blind.prepare()
    made = segment()
    passed = arranged('one', [type(made)('blind', blind, made.index)], batch_size=4)
    assert accuracies(passed, torch.zeros(12, dtype=torch.long)) is None
