"""How far networks agree, against votes counted one by one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from dann.benchmarks.comparison.agreement import Probabilities, agreement, agreement_with, majority


def drawn(networks: int, images: int = 40, classes: int = 4) -> dict[str, Probabilities]:
    draws = np.random.default_rng(networks)
    return {f'row{number}': draws.dirichlet(np.ones(classes), size=images) for number in range(networks)}


@pytest.mark.parametrize('networks', [1, 2, 3, 6])
def test_the_majority_is_counted(networks: int) -> None:
    predicted = drawn(networks)
    for image, found in enumerate(majority(predicted)):
        rows = [each[image] for each in predicted.values()]
        votes = Counter(int(row.argmax()) for row in rows)
        tied = [label for label, count in votes.items() if count == max(votes.values())]
        assert found == max(tied, key=lambda label: sum(row[label] for row in rows))


def test_a_vote_outweighs_any_probability() -> None:
    unsure, sure = np.array([[0.34, 0.33, 0.33]]), np.array([[0.0, 1.0, 0.0]])
    predicted = {'a': unsure, 'b': unsure, 'c': unsure, 'd': sure, 'e': sure}
    assert majority(predicted).tolist() == [0]


def test_agreement_is_a_share_of_images() -> None:
    predicted = drawn(3)
    most = majority(predicted).tolist()
    for name, share in agreement(predicted).items():
        own = predicted[name].argmax(axis=1).tolist()
        assert share == sum(a == b for a, b in zip(own, most, strict=True)) / len(most)
    assert agreement({'alone': predicted['row0']}) == {'alone': 1.0}


def test_agreement_with_one_of_them() -> None:
    predicted = drawn(3)
    found = agreement_with(predicted, 'row1')
    assert found['row1'] == 1
    classes = {name: part.argmax(axis=1) for name, part in predicted.items()}
    assert found['row2'] == np.mean(classes['row2'] == classes['row1'])
    assert agreement_with(predicted, 'row7') == {}
