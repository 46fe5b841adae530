"""Which of a network's outputs are compared."""

from __future__ import annotations

import pytest
from draws import draw

from dann.core.views import View
from dann.functional.layers import Layer, activations, check_layers


def test_activations_are_those_of_the_named_layers() -> None:
    view = View(draw(5, 4), draw(5, 3), hidden=(draw(5, 6), draw(5, 2)))
    found = activations(view, check_layers(['hidden', 'probabilities', 'features']))
    assert list(found) == ['hidden.0', 'hidden.1', 'probabilities', 'features']
    assert found['hidden.1'] is view.hidden[1]
    assert found['features'] is view.features
    assert found['probabilities'].sum(dim=1).tolist() == pytest.approx([1] * 5)


@pytest.mark.parametrize('layers', [(), ('features', 'features'), ('pixels',)])
def test_layers_are_named_and_differ(layers: tuple[Layer, ...]) -> None:
    with pytest.raises(ValueError, match=r"different ones of \('features', .*, got \("):
        check_layers(layers)


def test_a_head_without_hidden_layers_is_named() -> None:
    with pytest.raises(ValueError, match='classifier with hidden layers, got none'):
        activations(View(draw(5, 4), draw(5, 3)), ('hidden',))
