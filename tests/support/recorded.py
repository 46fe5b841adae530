"""Answers of published implementations, which `tests/support/fixtures/published/make.py` recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dann.core.views import View
from dann.functional.kernels import Kernel, gaussians, mean_distance

FOLDER = Path(__file__).parent / 'fixtures/published'
FIXTURES = sorted(path.stem for path in FOLDER.glob('*.json'))


@dataclass(frozen=True)
class Published:
    """One recorded call."""

    inputs: dict[str, Tensor]
    value: Tensor
    gradients: dict[str, Tensor | None]
    options: dict[str, Any]

    def __getitem__(self, name: str) -> Tensor:
        return self.inputs[name]


def load(name: str) -> Published:
    content = json.loads((FOLDER / f'{name}.json').read_text())

    def read(values: Any) -> Tensor:
        tensor = torch.tensor(values)
        return torch.tensor(values, dtype=torch.float64) if tensor.is_floating_point() else tensor

    inputs = {key: read(values) for key, values in content['inputs'].items()}
    gradients = content['outputs'].get('gradients', {})
    return Published(
        {key: value.requires_grad_(value.is_floating_point()) for key, value in inputs.items()},
        torch.tensor(content['outputs']['value'], dtype=torch.float64),
        {key: None if values is None else read(values) for key, values in gradients.items()},
        content['options'],
    )


def assert_close(value: Tensor, expected: Tensor, within: float = 1e-9) -> None:
    torch.testing.assert_close(value, expected, rtol=within, atol=within)


def assert_agrees(value: Tensor, record: Published, *wrt: str, within: float = 1e-9) -> None:
    """Assert equal values and, in the inputs named, equal gradients."""
    assert_close(value, record.value, within)
    if wrt:
        found = torch.autograd.grad(value, [record[name] for name in wrt], retain_graph=True)
        for name, gradient in zip(wrt, found, strict=True):
            expected = record.gradients[name]
            assert expected is not None
            assert_close(gradient, expected, within)


def by_median(record: Published, source: Tensor) -> Kernel:
    """Return the mean of the kernels ``exp(-d^2 k / median)``, the median over the source alone."""
    scales = [1 / (2 * k) for k in record.options['kernel_scales']]
    median = torch.cdist(source, source).square().median().detach()
    return lambda distances: gaussians(distances, scales, median) / len(scales)


def median_scales(record: Published) -> list[float]:
    """Return the scales of our bandwidth that make the kernels of ``by_median``, up to their number."""
    source, target = record['source'].detach(), record['target'].detach()
    median = torch.cdist(source, source).square().median()
    left = mean_distance(torch.cat([source, target]))
    return [float(median / (2 * k * left)) for k in record.options['kernel_scales']]


def pooled_scales(record: Published) -> list[float]:
    """Scales that make dalib's bandwidth: its mean runs over all n^2 pairs, ours leaves the n zeros out."""
    count = len(record['source']) + len(record['target'])
    return [alpha * (count - 1) / count for alpha in record.options['alphas']]


def recorded_views(record: Published) -> tuple[View, View]:
    source = View(record['source'], record['source_logits'])
    return source, View(record['target'], record['target_logits'])
