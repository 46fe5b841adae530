"""Frozen features are brought to one scale by the training samples that were asked for, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from draws import draw
from training import fit, pair

from dann.datasets import DomainPair
from dann.engine.module import AdaptationModule
from dann.methods.alignment.dann import DANN
from dann.networks import ConvNet
from dann.networks.scaling import Scaling, scaling
from dann.networks.vectors import Identity
from dann.validators.infomax import InfoMax


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


def network(**options: Any) -> AdaptationModule:
    torch.manual_seed(0)
    backbone = ConvNet(8, (8, 6), (3, 3), (2, 2))
    chosen: dict[str, Any] = {'bottleneck': 6, 'validators': [InfoMax()], 'freeze': 'all'} | options
    return AdaptationModule(3, backbone, **chosen)


def test_features_leave_with_mean_0_and_deviation_1() -> None:
    features = draw(30, 4) * torch.tensor([1.0, 1e3, 1e-3, 5.0]) + 7
    part = Scaling(4)
    assert torch.equal(part(features.float()), features.float())
    part.learn(iter(torch.split(features, 7)))
    seen = part(features.float()).double().numpy()
    values = features.numpy()
    np.testing.assert_allclose(seen, (values - values.mean(0)) / values.std(0), atol=1e-3)
    part.learn(iter([features + 100]))
    np.testing.assert_allclose(part.mean.numpy(), values.mean(0), rtol=1e-6)
    assert int(part.learned) == 30


def test_a_feature_that_is_always_the_same_is_only_centred() -> None:
    part = Scaling(2)
    part.learn(iter([torch.tensor([[3.0, 1.0], [3.0, 2.0]])]))
    assert torch.equal(part(torch.tensor([[5.0, 1.5]])), torch.tensor([[2.0, 0.0]]))


def test_nothing_stands_in_the_network_unless_asked() -> None:
    assert not list(scaling(4, 'none').state_dict())
    with pytest.raises(ValueError, match='standardised_by'):
        scaling(4, 'target')  # type: ignore[arg-type]


@pytest.mark.parametrize(('by', 'domains'), [('source', ['source']), ('both', ['source', 'target'])])
@pytest.mark.parametrize('features', ['images', 'bank'])
def test_statistics_are_those_of_the_training_samples(by: Any, domains: list[str], features: Any) -> None:
    trained, data = network(standardised_by=by, alignment=DANN()), pair(features=features)
    fit(trained, data)
    trained.eval()
    images = torch.cat([data.images[domain, 'train'][:] for domain in domains]).float() / 255
    with torch.no_grad():
        expected = trained.backbone(images).double().numpy()
    part = trained.network.scaling
    assert isinstance(part, Scaling)
    assert int(part.learned) == len(images)
    np.testing.assert_allclose(part.mean.numpy(), expected.mean(0), atol=1e-5)
    np.testing.assert_allclose(part.std.numpy(), expected.std(0), rtol=1e-4)


def test_weights_are_those_of_a_run_on_images() -> None:
    ends = []
    for features in ('images', 'bank'):
        trained = network(standardised_by='both', alignment=DANN())
        fit(trained, pair(features=features), epochs=3)
        ends.append(trained.state_dict())
    for name, value in ends[0].items():
        torch.testing.assert_close(ends[1][name], value, atol=1e-5, rtol=0, msg=name)


def test_features_are_scaled_as_a_backbone_returns_them_that_standardises_its_input() -> None:
    """Numbers around 100 become standardised ones before their mean over both domains is taken."""

    class Pair:
        def training_chunks(self, domain: str) -> Iterator[torch.Tensor]:
            rows = draw(40, 5, seed=1).float() * 3 + 100
            yield rows if domain == 'source' else rows + 6

    made = AdaptationModule(
        3, Identity(), freeze='all', standardised_by='both', image_shape=(5,), validators=[InfoMax()]
    )
    made.standardise(cast('DomainPair', Pair()))
    rows = torch.cat([*Pair().training_chunks('source'), *Pair().training_chunks('target')])
    seen = made.network.scaling(made.backbone(rows)).detach()
    assert torch.allclose(seen.mean(dim=0), torch.zeros(5), atol=1e-4)
    assert torch.allclose(seen.std(dim=0, correction=0), torch.ones(5), atol=1e-4)


@pytest.mark.parametrize('options', [{'freeze': 'none'}, {'freeze': 1}, {'unfrozen_by': 0.5}])
def test_features_that_training_changes_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match='set `freeze: all`'):
        network(standardised_by='both', **options)
