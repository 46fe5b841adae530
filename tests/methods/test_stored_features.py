"""Every method that can read the stored features of a frozen backbone trains on them as on images."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from training import METHODS, STYLES, fit, make, module, pair

from dann.engine.bank import obstacle
from dann.engine.module import AdaptationModule

ON_FEATURES = [
    name for name in METHODS if name not in STYLES and not obstacle(module(make(name), freeze='all'))
]


def test_most_methods_can() -> None:
    assert len(ON_FEATURES) >= 25
    assert {'DANN', 'MCD', 'ADDA', 'SHOT', 'CAN', 'SDAT', 'CBST'} <= {*ON_FEATURES}


def trained(name: str, features: str) -> AdaptationModule:
    options: dict[str, Any] = {'freeze': 'all', 'standardised_by': 'both'}
    model = module(make(name), **options)
    fit(model, pair(features=features), epochs=4)
    assert (model.backbone.stored is not None) is (features == 'bank')
    return model


@pytest.mark.slow
@pytest.mark.parametrize('name', ON_FEATURES)
def test_stored_features_train_the_same_network(name: str) -> None:
    images, bank = trained(name, 'images'), trained(name, 'bank')
    theirs = dict(bank.current.named_parameters())
    for key, weight in images.current.named_parameters():
        torch.testing.assert_close(weight, theirs[key], rtol=1e-3, atol=1e-4, msg=key)
