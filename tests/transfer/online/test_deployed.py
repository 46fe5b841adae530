"""A trained model as online methods see it."""

from __future__ import annotations

import pytest
import torch
from online_networks import model
from training import fit, make, module, pair

from dann.engine.card import card_of
from dann.engine.trained import TrainedModel
from dann.networks.batch_norm import DomainSpecificBatchNorm
from dann.transfer.online.deployed import Deployed


def images() -> torch.Tensor:
    return (255 * torch.rand(5, 3, 8, 8)).to(torch.uint8)


def test_logits_are_those_of_the_model() -> None:
    made, batch = model(), images()
    assert torch.equal(Deployed(made)(made.entering(batch)), made.view(batch).logits)


@pytest.mark.parametrize('name', ['AdaBN', 'MeanTeacher'])
def test_the_batch_norm_of_the_deployed_domain_alone_is_kept(name: str) -> None:
    trained, data = module(make(name), normed=True), pair()
    fit(trained, data)
    made, batch = TrainedModel(trained, card_of(trained, data)), images()
    before = made.view(batch).logits
    deployed = Deployed(made)
    assert not [each for each in deployed.modules() if isinstance(each, DomainSpecificBatchNorm)]
    torch.testing.assert_close(deployed(made.entering(batch)), before)
    with torch.no_grad():
        for each in deployed.parameters():
            each.zero_()
    assert torch.equal(made.view(batch).logits, before)
