"""CORAL against the published formula."""

from __future__ import annotations

import pytest
import references as ref
import torch
from draws import Shapes, assert_widths_differ_by_name, draw, pair
from recorded import assert_agrees, load

from dann.core.views import View
from dann.functional.layers import Layer
from dann.methods.alignment.coral import CORAL, coral

SHAPES = [((9, 4), (5, 4)), ((2, 1), (3, 1)), ((64, 31), (33, 31))]
shapes = pytest.mark.parametrize('shapes', SHAPES)


@shapes
def test_coral(shapes: Shapes) -> None:
    source, target = pair(shapes)
    expected = ref.coral(source.numpy(), target.numpy())
    assert float(coral(source, target)) == pytest.approx(expected, rel=1e-9)


def test_coral_sees_covariance_only() -> None:
    source, target = pair(SHAPES[0])
    assert float(coral(source, source)) == 0
    assert float(coral(source + 7, target - 3)) == pytest.approx(float(coral(source, target)), rel=1e-9)


@pytest.mark.parametrize('counts', [(1, 5), (5, 1)])
def test_coral_names_the_least_batch(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r'(at least|>=) (2|two).*got'):
        coral(*(draw(count, 4) for count in counts))


@pytest.mark.parametrize('package', ['adapt', 'skada'])
def test_coral_of_other_packages(package: str) -> None:
    """Nothing differs."""
    record = load('coral_adapt') if package == 'adapt' else load('coral_skada')
    assert_agrees(coral(record['source'], record['target']), record, 'source', 'target')


def test_gradients() -> None:
    assert torch.autograd.gradcheck(coral, pair(((9, 4), (5, 4)), grad=True))


def test_widths_that_differ_are_named() -> None:
    assert_widths_differ_by_name(coral)


@pytest.mark.parametrize(
    ('layers', 'parts'),
    [
        (None, ('logits',)),
        (('features',), ('features',)),
        (('logits', 'features'), ('logits', 'features')),
        (('hidden',), ('one', 'two')),
        (('probabilities',), ('probabilities',)),
    ],
)
def test_the_term_is_the_sum_over_the_named_layers_the_classification_layer_by_default(
    layers: tuple[Layer, ...] | None, parts: tuple[str, ...]
) -> None:
    views, found = [], []
    for count in (9, 5):
        logits = draw(count, 3, seed=count + 1)
        layer = {
            'features': draw(count, 4, seed=count),
            'one': draw(count, 6, seed=1),
            'two': draw(count, 2, seed=2),
        }
        views.append(View(layer['features'], logits, None, (layer['one'], layer['two'])))
        found.append(layer | {'logits': logits, 'probabilities': logits.softmax(dim=1)})
    method = CORAL() if layers is None else CORAL(layers=layers)
    expected = sum(ref.coral(found[0][part].numpy(), found[1][part].numpy()) for part in parts)
    source, target = views
    assert float(method(source, target, 0.5)['coral']) == pytest.approx(0.5 * expected, rel=1e-9)


def test_an_unknown_layer_is_named() -> None:
    with pytest.raises(ValueError, match='expected `layers` to be different ones of'):
        CORAL(layers=('logit',))  # type: ignore[arg-type]
