"""Moment matching of many sources against the published formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from draws import draw
from many_sources import views

from dann.methods.alignment.m3sda import M3SDA, moment_distance


def reference(sources: list[np.ndarray], target: np.ndarray, moments: int) -> float:
    """Definition 1 of the paper, one number at a time."""
    total = 0.0
    for power in range(1, moments + 1):
        means = [
            np.array([np.mean([row[axis] ** power for row in each]) for axis in range(each.shape[1])])
            for each in [*sources, target]
        ]
        to_target = [float(np.sqrt(((mean - means[-1]) ** 2).sum())) for mean in means[:-1]]
        total += sum(to_target) / len(to_target)
        among = [
            float(np.sqrt(((means[i] - means[j]) ** 2).sum()))
            for i in range(len(sources))
            for j in range(i + 1, len(sources))
        ]
        total += sum(among) / len(among) if among else 0.0
    return total


@pytest.mark.parametrize('moments', [1, 2, 4])
@pytest.mark.parametrize('counts', [(6,), (6, 3), (5, 4, 3)])
def test_moment_distance(counts: tuple[int, ...], moments: int) -> None:
    sources, target = [draw(count, 4, seed=seed) for seed, count in enumerate(counts)], draw(7, 4, seed=9)
    expected = reference([each.numpy() for each in sources], target.numpy(), moments)
    assert float(moment_distance(sources, target, moments)) == pytest.approx(expected, rel=1e-12)


def test_it_is_zero_where_all_are_alike_and_its_gradient_finite() -> None:
    same = draw(5, 4).requires_grad_()
    distance = moment_distance([same, same], same)
    assert float(distance.detach()) == 0
    [gradient] = torch.autograd.grad(distance, same)
    assert gradient.isfinite().all()


def test_the_alignment_reads_where_samples_are_from() -> None:
    source, target = views()
    method = M3SDA(weight=1.0)
    method.num_sources = 3
    parts = [source.features[source.domains == number] for number in range(3)]
    torch.testing.assert_close(
        method(source, target, 0.5)['moments'], 0.5 * moment_distance(parts, target.features)
    )


def test_what_cannot_be_matched_is_refused() -> None:
    with pytest.raises(ValueError, match='at least one source'):
        moment_distance([], draw(3, 2))
    with pytest.raises(ValueError, match='`moments` of at least 1, got 0'):
        M3SDA(moments=0)
    source, target = views()
    method = M3SDA()
    method.num_sources = 2
    with pytest.raises(ValueError, match='knows its `domains`'):
        method(target, source, 1.0)
