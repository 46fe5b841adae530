"""Checks of features."""

from __future__ import annotations

import pytest
import torch

from dann.functional.shapes import check_features


def test_any_two_batch_sizes_of_one_width_pass() -> None:
    check_features(torch.zeros(1, 4), torch.zeros(7, 4))


@pytest.mark.parametrize('shapes', [((3, 4), (3, 5)), ((3,), (3, 4)), ((3, 4), (3, 4, 1))])
def test_shapes_that_do_not_fit_are_named(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match=r'features of shape \(Bs, D\) and \(Bt, D\), got \('):
        check_features(*map(torch.zeros, shapes))


def test_too_few_samples_are_counted() -> None:
    with pytest.raises(ValueError, match='at least 2 samples a domain, got 3 and 1; raise the batch size'):
        check_features(torch.zeros(3, 4), torch.zeros(1, 4), at_least=2)
