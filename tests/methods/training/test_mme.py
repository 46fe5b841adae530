"""MME: the cosine classifier and opposite gradients."""

from __future__ import annotations

from typing import Any

import pytest
import references_training_adversarial as ref
import torch
from draws import draw_wide
from training import fit, make, module, moved, pair, weights

from dann.methods.training.mme import CosineLayer, minimax_entropy
from dann.methods.training.vada import conditional_entropy


@pytest.mark.parametrize('temperature', [1.0, 0.05])
def test_the_cosine_layer(temperature: float) -> None:
    plain = torch.nn.Linear(4, 3).double()
    layer, features = CosineLayer(plain, temperature), draw_wide(5, 4, seed=1)
    expected = ref.cosine_logits(
        features.numpy(), plain.weight.detach().numpy(), plain.bias.detach().numpy(), temperature
    )
    torch.testing.assert_close(layer(features), torch.from_numpy(expected))
    torch.testing.assert_close(layer(7 * features), layer(features))
    assert layer(torch.zeros(1, 4).double()).isfinite().all()
    assert layer.state_dict().keys() == plain.state_dict().keys()


def test_minimax_entropy_and_its_opposite_gradients() -> None:
    network = module(head=(5,)).double().network
    features = draw_wide(7, 6, seed=1).requires_grad_()
    loss = minimax_entropy(network, features)
    logits = network.classify(features).logits
    assert float(loss.detach()) == pytest.approx(-ref.entropy(logits.detach().numpy()))
    entropy = conditional_entropy(logits)
    into = [features, *network.head.parameters()]
    left, straight = torch.autograd.grad(loss, into), torch.autograd.grad(entropy, into)
    torch.testing.assert_close(left[0], straight[0])
    for mine, right in zip(left[1:], straight[1:], strict=True):
        torch.testing.assert_close(mine, -right)


def test_mme_with_the_papers_classifier_and_few_labels() -> None:
    model, plain = module(make('MME', temperature=0.05), head=(5,)), module(head=(5,))
    assert isinstance(model.network.head[-1], CosineLayer)
    assert not moved(weights(model.network), weights(plain.network))
    fit(model, pair(shots=1), epochs=1)
    assert model.meter.means.keys() == {'loss/source', 'loss/shots', 'loss/minimax'}
    assert moved(weights(model.network.head[-1]), weights(plain.network.head[-1]))


@pytest.mark.parametrize(
    ('name', 'options', 'message'), [('MME', {'temperature': 0.0}, '`temperature` above 0')]
)
def test_bad_arguments(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module(make(name, **options))
