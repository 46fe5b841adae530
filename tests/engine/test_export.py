"""Files that run without dann say what the model says."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import safetensors.torch
import torch
from training import fit, make, module, pair

from dann.core.errors import RunError, UserError
from dann.datasets import Augment
from dann.engine import export as exporting
from dann.engine.card import card_of
from dann.engine.export import SUFFIXES, about, export
from dann.engine.trained import TrainedModel

MODELS: dict[str, dict[str, Any]] = {
    'CORAL': {'bottleneck_norm': 'batch', 'head': (5,), 'average': 0.9},
    'DANN': {'batch_norm': 'domain_specific', 'normed': True},
    'MCD': {},
    'AdaBN': {},
}


def trained(name: str = 'CORAL', **options: Any) -> TrainedModel:
    model, data = module(make(name), **options), pair()
    fit(model, data)
    return TrainedModel(model, card_of(model, data))


@pytest.mark.slow
@pytest.mark.parametrize('name', MODELS)
@pytest.mark.parametrize('kind', ['onnx', 'torch'])
def test_a_file_says_what_the_model_says(name: str, kind: Any, tmp_path: Path) -> None:
    model, path = trained(name, **MODELS[name]), tmp_path / f'a{SUFFIXES[kind]}'
    difference = export(model, path, kind)
    assert difference is not None
    assert difference < 1e-5
    pixels = np.random.default_rng(0).integers(0, 256, (7, 3, 8, 8), np.uint8)
    if kind == 'onnx':
        session = onnxruntime.InferenceSession(path)
        (found,) = session.run(None, {'samples': pixels})
        said = session.get_modelmeta().custom_metadata_map['dann']
    else:
        held = {'dann.json': ''}
        program = torch.export.load(io.BytesIO(path.read_bytes()), extra_files=held)
        found, said = program.module()(torch.from_numpy(pixels)).detach().numpy(), held['dann.json']
    np.testing.assert_allclose(found, model.predict_proba(pixels), atol=1e-5)
    assert json.loads(said) == about(model)


def test_the_crop_is_inside() -> None:
    model = TrainedModel(module(), card_of(module(), pair(augment=Augment(crop=6))))
    seen: list[torch.Size] = []
    model.module.network.backbone.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))
    with pytest.raises(ValueError, match='expected images of shape'):  # its backbone takes eight pixels
        exporting.Deployed(model)(torch.zeros(4, 3, 8, 8, dtype=torch.uint8))
    assert seen == [torch.Size((4, 3, 6, 6))]


def test_weights_alone_come_with_the_card(tmp_path: Path) -> None:
    model, path = trained(), tmp_path / 'a.safetensors'
    assert export(model, path, 'safetensors') is None
    weights = model.module.state_dict()
    found = safetensors.torch.load_file(path)
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], weights[name]) for name in weights)
    with safetensors.safe_open(path, 'pt') as file:
        assert json.loads(file.metadata()['dann']) == model.card


def test_a_file_that_says_something_else_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = trained()

    def wrong(*_: Any) -> Any:
        return b'x', lambda samples: np.full((len(samples), 3), np.nan, np.float32)

    monkeypatch.setattr(exporting, '_program', wrong)
    with pytest.raises(RunError, match='the torch file differs from the model by nan'):
        export(model, tmp_path / 'a.pt2', 'torch')
    assert not list(tmp_path.iterdir())


def test_what_is_missing_or_unknown_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = trained()
    unknown: Any = 'tflite'
    with pytest.raises(UserError, match='expected `format` to be one of'):
        export(model, tmp_path / 'a', unknown)

    def gone(name: str) -> None:
        raise ModuleNotFoundError(f'No module named {name!r}', name=name)

    monkeypatch.setattr(exporting, 'import_module', gone)
    with pytest.raises(UserError, match=r"needs the package onnx; pip install -e '\.\[export\]'"):
        export(model, tmp_path / 'a.onnx')
