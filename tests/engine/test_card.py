"""What a checkpoint says of itself."""

from __future__ import annotations

import json

import torch
from toy import Toy
from training import fit, make, module, pair

from dann.datasets import Augment
from dann.engine.card import card_of, method_of
from dann.methods.alignment.dann import DANN
from dann.methods.style.fda import FDA
from dann.networks import Backbone
from dann.networks.backbone import weights_hash


def test_a_card_is_plain_and_says_what_the_model_is_of() -> None:
    model, data = module(make('DANN'), bottleneck_norm='batch'), pair()
    fit(model, data)
    card = card_of(model, data, rule='val/infomax')
    assert json.loads(json.dumps(card)) == card
    assert card['classes'] == ['red', 'green', 'blue']
    assert card['method'] == 'DANN'
    assert card['domains'] == {'source': 'toy/a', 'target': 'toy/b'}
    assert card['network'] == {
        'batch_norm': 'joint',
        'bottleneck_norm': 'batch',
        'bottleneck_activation': 'relu',
        'deployed': 'target',
    }
    assert card['backbone']['weights'] == weights_hash(model.backbone)
    assert card['preprocessing'] == {'size': [8, 8], 'fit': 'squash', 'crop': None}
    assert card['rule'] == 'val/infomax'
    assert not {'optimizer', 'validators'} & {*card['model']['init_args']}


def test_a_method_is_named_by_its_classes() -> None:
    assert method_of(module()) == 'source-only'
    assert method_of(module(DANN(), style=FDA())) == 'FDA + DANN'
    assert method_of(module(make('MCD'))) == 'MCD'


def test_the_crop_belongs_to_the_preprocessing() -> None:
    data = pair(Toy('a'), Toy('b'), augment=Augment(crop=6))
    assert data.preprocessing == {'size': [8, 8], 'fit': 'squash', 'crop': 6}


class Wrapped(Backbone):
    """Around a network of the user's own."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network, self.out_features = network, 4

    def extract(self, images: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.network(images.flatten(1))
        return features


def test_a_network_of_the_users_own_cannot_be_written_and_the_card_says_so() -> None:
    from dann import AdaptationModule

    model = AdaptationModule(3, Wrapped(torch.nn.Linear(192, 4)))
    assert card_of(model)['model'] == 'Wrapped(network=...) was given Linear, which cannot be written down'
