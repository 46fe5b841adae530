"""Labels that are all wrong."""

from __future__ import annotations

import torch

from dann.audit.scrambling import other_labels


def test_every_label_is_another_and_none_stays_none() -> None:
    labels = torch.tensor([0, 1, 2, -1] * 25)
    other = other_labels(labels, 3)
    assert (other[labels < 0] == -1).all()
    assert (other[labels >= 0] != labels[labels >= 0]).all()
    assert other.max() == 2
    assert other[labels >= 0].min() == 0
