"""The source labels that an alignment may read."""

from __future__ import annotations

import pytest
import torch
from draws import draw
from training import make

from dann.core.views import View
from dann.functional.labels import labels_of


def test_labels_of_a_labelled_source() -> None:
    labels = torch.arange(4)
    assert labels_of(View(draw(4, 2), draw(4, 3), labels)) is labels


@pytest.mark.parametrize('name', ['DeepJDOT', 'LMMD'])
def test_an_unlabelled_source_is_named(name: str) -> None:
    view = View(draw(9, 4), draw(9, 3))
    with pytest.raises(ValueError, match='expected a labelled source view, got `labels` of None'):
        make(name)(view, view, 1.0)
