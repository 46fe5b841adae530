"""Trained models as files that run without dann: ONNX, a program of torch, or weights in safetensors."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dann.core.errors import RunError, UserError
from dann.datasets.augment import Augment
from dann.datasets.loading import evaluated
from dann.engine.trained import TrainedModel
from dann.reporting.files import write_whole

Format = Literal['onnx', 'torch', 'safetensors']
SUFFIXES = {'onnx': '.onnx', 'torch': '.pt2', 'safetensors': '.safetensors'}
NEAR = 1e-4  # how far probabilities of the file may be from the module's
INPUT, OUTPUT = 'samples', 'probabilities'


class Deployed(nn.Module):
    """What a file holds: samples as they are read, with all that is done to them, to class probabilities.

    Args:
        model: The trained model.
    """

    def __init__(self, model: TrainedModel) -> None:
        super().__init__()
        self.network, self.domain = model.module.evaluated, model.card['network']['deployed']
        crop = (model.card.get('preprocessing') or {}).get('crop')
        self.augment = Augment(crop=crop)

    def forward(self, samples: Tensor) -> Tensor:
        """Return probabilities ``(N, classes)`` of uint8 images ``(N, 3, size, size)``, or of float features."""
        view = self.network(evaluated(samples, self.augment), domain=self.domain)
        probabilities: Tensor = view.logits.softmax(dim=1)
        return probabilities


def export(model: TrainedModel, path: Path, kind: Format = 'onnx') -> float | None:
    """Write a trained model, and check what was written against it.

    ``onnx`` and ``torch`` take any number of samples at once: uint8 images, shape ``(N, 3, size, size)``, upright and
    in RGB, brought to ``size`` as ``fit`` says; or float features. All else is inside. ``about`` is in the file.

    Args:
        model: The trained model.
        path: The file.
        kind: ``onnx``, ``torch`` (a ``torch.export`` program) or ``safetensors`` (weights alone).

    Returns:
        The largest difference of a probability; ``None`` for weights alone.

    Raises:
        UserError: An unknown format, or a package that is not there.
        RunError: The file says something else than the model.
    """
    if kind not in get_args(Format):
        raise UserError(f'expected `format` to be one of {get_args(Format)}, got {kind!r}')
    if kind == 'safetensors':
        write_whole(path, _safetensors(model))
        return None
    deployed = Deployed(model).eval()
    with _quietly(), torch.no_grad():
        data, run = (_onnx if kind == 'onnx' else _program)(deployed, _example(model, 3), model)
        difference = max(_difference(deployed, run, _example(model, count)) for count in (1, 5))
    if not difference <= NEAR:
        raise RunError(f'the {kind} file differs from the model by {difference:.2g}; try another format')
    write_whole(path, data)
    return difference


def about(model: TrainedModel) -> dict[str, Any]:
    """Return what a file says of itself: classes, and how an image is brought to what it takes."""
    preprocessing = model.card.get('preprocessing') or {}
    sides = dict(zip(('height', 'width'), preprocessing.get('size', ()), strict=False))
    return {
        'classes': list(model.classes),
        'method': model.card.get('method'),
        'domains': model.card.get('domains'),
        'fit': preprocessing.get('fit'),
        **sides,
        'dann': model.card.get('dann'),
    }


def _example(model: TrainedModel, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    if not model.of_images:
        return torch.randn(count, *model.card['shape'], generator=generator)
    size = model.card['preprocessing']['size']
    return torch.randint(0, 256, (count, 3, *size), dtype=torch.uint8, generator=generator)


def _difference(deployed: Deployed, run: Any, samples: Tensor) -> float:
    found: NDArray[np.float32] = run(samples)
    return float(np.abs(found - deployed(samples).numpy()).max())


def _onnx(deployed: Deployed, example: Tensor, model: TrainedModel) -> tuple[bytes, Any]:
    runtime = _require('onnxruntime', 'onnx', 'onnxscript')
    batch = {INPUT: {0: torch.export.Dim('batch')}}
    program: Any = torch.onnx.export(
        deployed, (example,), dynamo=True, input_names=[INPUT], output_names=[OUTPUT], dynamic_shapes=batch
    )
    proto = program.model_proto
    for node in proto.graph.node:
        del node.metadata_props[:]  # where each operation stands in which file of this machine
    entry = proto.metadata_props.add()
    entry.key, entry.value = 'dann', json.dumps(about(model))
    data: bytes = proto.SerializeToString()
    session = runtime.InferenceSession(data, providers=['CPUExecutionProvider'])
    return data, lambda samples: session.run(None, {INPUT: samples.numpy()})[0]


def _program(deployed: Deployed, example: Tensor, model: TrainedModel) -> tuple[bytes, Any]:
    shapes = {INPUT: {0: torch.export.Dim('batch')}}
    program = torch.export.export(deployed, (example,), dynamic_shapes=shapes)
    for node in program.graph.nodes:
        node.meta.pop('stack_trace', None)  # which names files of this machine
    held = io.BytesIO()
    torch.export.save(program, held, extra_files={'dann.json': json.dumps(about(model))})
    data = held.getvalue()
    loaded = torch.export.load(io.BytesIO(data)).module()
    return data, lambda samples: loaded(samples).detach().numpy()


def _safetensors(model: TrainedModel) -> bytes:
    writer = _require('safetensors.torch', 'safetensors')
    weights = {name: value.contiguous() for name, value in model.module.state_dict().items()}
    data: bytes = writer.save(weights, metadata={'dann': json.dumps(model.card)})
    return data


def _require(module: str, *packages: str) -> ModuleType:
    try:
        for name in packages:
            import_module(name)
        return import_module(module)
    except ModuleNotFoundError as error:
        raise UserError(
            f"this format needs the package {error.name}; pip install -e '.[export]' in dann's source folder"
        ) from error


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep the exporters' own progress and advice off the terminal."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter('ignore')
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
