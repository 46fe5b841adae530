"""The script that measures validators."""

from __future__ import annotations

import sys

import pytest
import torch

from dann.benchmarks.validator_cost import clustered, line, measure, peak
from dann.validators.sampling import sample


def test_views_are_seeded_and_shaped() -> None:
    one, two = (clustered(50, 4, 6, 0, labelled=False) for _ in range(2))
    assert torch.equal(one.features, two.features)
    assert (one.features.shape, one.logits.shape) == ((50, 6), (50, 4))
    assert one.labels is None
    source = clustered(5000, 4, 6, 0, labelled=True)
    assert source.labels is not None
    assert 0.4 < float((source.predictions == source.labels).double().mean()) < 1


def test_a_cost_names_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith('dann.validators') and getattr(module, 'sample', None) is sample:
            monkeypatch.setattr(module, 'sample', sample)  # put back afterwards
    monkeypatch.setattr('dann.validators.class_silhouette.MOST', 500)
    cost = measure('ClassSilhouette', 510, 3, 2)
    assert cost['samples'] == [500]
    assert 'a sample of 500' in line(cost)
    assert cost['seconds'] > 0
    assert 0.01 < cost['peak'] <= peak() < 1000
