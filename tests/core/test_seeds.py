"""A seed that a generator would refuse is named before anything is drawn."""

import numpy as np
import pytest

from dann.core.errors import UserError
from dann.core.seeds import LARGEST_SEED, check_seed


def test_the_bounds_are_those_of_numpy() -> None:
    for seed in (0, LARGEST_SEED):
        check_seed('seed', seed)
        np.random.RandomState(seed)
    with pytest.raises(ValueError, match='between 0 and'):
        np.random.RandomState(LARGEST_SEED + 1)


@pytest.mark.parametrize(
    ('seed', 'said'),
    [
        (-1, 'at least 0, got -1'),
        (LARGEST_SEED + 1, 'at most 4,294,967,295, got 4294967296'),
        (10**30, 'at most 4,294,967,295, got 1000'),
    ],
)
def test_others_are_refused(seed: int, said: str) -> None:
    with pytest.raises(UserError, match=f'expected `seed_everything` of {said}'):
        check_seed('seed_everything', seed)
