"""One run from its configuration: what one part knows is filled in where another needs it."""

from __future__ import annotations

from typing import Any

import pytest

from dann.core.errors import UserError
from dann.engine.experiment import ExperimentCLI


def backbone(model: str = 'AdaptationModule', **options: Any) -> Any:
    """The backbone of a module on the toy pair, whose images have 8 pixels."""
    small = {'channels': [8], 'kernels': [3], 'pools': [2]}
    made = {'class_path': 'ConvNet', 'init_args': small | options}
    sides = {side: {'class_path': 'toy.Toy', 'init_args': {'domain': side[0]}} for side in ('a', 'b')}
    config = {
        'model': {'class_path': model, 'init_args': {'backbone': made, 'bottleneck': 6}},
        'data': {'source': sides['a'], 'target': sides['b'], 'batch_size': 8},
        'trainer': {'logger': False},
    }
    return ExperimentCLI(config, run=False).model.network.backbone


@pytest.mark.parametrize('model', ['AdaptationModule', 'MCD'])
@pytest.mark.parametrize('options', [{}, {'image_size': 8}])
def test_a_backbone_has_the_size_of_the_data(model: str, options: dict[str, Any]) -> None:
    assert backbone(model, **options).image_shape == (3, 8, 8)


def test_a_size_that_disagrees_with_the_data_is_one_line_with_the_next_step() -> None:
    with pytest.raises(UserError) as caught:
        backbone(image_size=9)
    said = str(caught.value)
    assert said.startswith('expected images of shape (3, 9, 9) by the `image_size` and `in_channels`')
    assert said.endswith('got (3, 8, 8); leave `image_size` out to take that of the data')
