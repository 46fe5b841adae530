"""Losses against published implementations, whose answers `tests/fixtures/published/make.py` recorded.

Every test says in its first line what differs and undoes it, or says by how much the published one is off the
paper's formula.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.methods.alignment.cdan import CDAN, entropy_weights
from dann.methods.alignment.coral import coral
from dann.methods.alignment.kernels import Kernel, discrepancy, gaussians, mean_distance
from dann.methods.alignment.mmd import mmd
from dann.views import View

FOLDER = Path(__file__).parent.parent / 'fixtures/published'
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


def close(value: Tensor, expected: Tensor, within: float = 1e-9) -> None:
    torch.testing.assert_close(value, expected, rtol=within, atol=within)


def agree(value: Tensor, record: Published, *wrt: str, within: float = 1e-9) -> None:
    """Assert equal values and, in the inputs named, equal gradients."""
    close(value, record.value, within)
    if wrt:
        found = torch.autograd.grad(value, [record[name] for name in wrt], retain_graph=True)
        for name, gradient in zip(wrt, found, strict=True):
            expected = record.gradients[name]
            assert expected is not None
            close(gradient, expected, within)


def by_median(record: Published, source: Tensor) -> Kernel:
    """Return the mean of the kernels ``exp(-d^2 k / median)``, the median over the source alone."""
    scales = [1 / (2 * k) for k in record.options['kernel_scales']]
    median = torch.cdist(source, source).square().median().detach()
    return lambda distances: gaussians(distances, scales, median) / len(scales)


def median_scales(record: Published) -> list[float]:
    """Return the scales of our bandwidth that make the kernels of ``by_median``, up to their number."""
    source, target = record['source'].detach(), record['target'].detach()
    median = torch.cdist(source, source).square().median()
    ours = mean_distance(torch.cat([source, target]))
    return [float(median / (2 * k * ours)) for k in record.options['kernel_scales']]


def pooled_scales(record: Published) -> list[float]:
    """Scales that make dalib's bandwidth: its mean runs over all n^2 pairs, ours leaves the n zeros out."""
    count = len(record['source']) + len(record['target'])
    return [alpha * (count - 1) / count for alpha in record.options['alphas']]


def test_mmd_dalib() -> None:
    """Equal but for the diagonal in dalib's bandwidth and a constant 2 / (B - 1) on its value."""
    record = load('mmd_dalib')
    value = mmd(record['source'], record['target'], scales=pooled_scales(record))
    agree(value + 2 / (len(record['source']) - 1), record, 'source', 'target')


def test_linear_mmd_dalib() -> None:
    """dalib pairs every sample with the next, around the end: the mean of our disjoint pairs from 0 and from 1."""
    record = load('mmd_dalib_linear')
    scales = pooled_scales(record)
    shifts = [
        mmd(
            record['source'].roll(-shift, 0),
            record['target'].roll(-shift, 0),
            scales=scales,
            estimator='linear',
        )
        for shift in (0, 1)
    ]
    value = (shifts[0] + shifts[1]) / 2 + 2 / (len(record['source']) - 1)
    agree(value, record, 'source', 'target')


def test_mmd_pytorch_adapt() -> None:
    """It divides by the source's median distance, scales its inverse, and takes the kernels' mean, not their sum."""
    record = load('mmd_adapt_quadratic')
    scales = median_scales(record)
    agree(mmd(record['source'], record['target'], scales=scales) / len(scales), record, 'source', 'target')


def test_linear_mmd_pytorch_adapt() -> None:
    """The same differences as for the quadratic estimator; the pairs are ours."""
    record = load('mmd_adapt_linear')
    scales = median_scales(record)
    value = mmd(record['source'], record['target'], scales=scales, estimator='linear') / len(scales)
    agree(value, record, 'source', 'target')


def test_mmd_skada() -> None:
    """Its Gaussian takes the distance, not its square: a Laplace kernel, biased; the Gaussian gives 15% more here."""
    record = load('mmd_skada')
    both, sigmas = ([record['source']], [record['target']]), record.options['sigmas']
    halves = [sigma / 2 for sigma in sigmas]
    value = discrepancy(*both, [lambda squares: gaussians(squares.sqrt(), halves, 1.0)], 'biased')
    agree(value, record, within=1e-6)
    gaussian = discrepancy(*both, [lambda squares: gaussians(squares, halves, 1.0)], 'biased')
    close(gaussian / record.value, torch.tensor(1.1548, dtype=torch.float64), within=1e-4)


@pytest.mark.parametrize('package', ['adapt', 'skada'])
def test_coral(package: str) -> None:
    """Nothing differs."""
    record = load('coral_adapt') if package == 'adapt' else load('coral_skada')
    agree(coral(record['source'], record['target']), record, 'source', 'target')


def views(record: Published) -> tuple[View, View]:
    source = View(record['source'], record['source_logits'])
    return source, View(record['target'], record['target_logits'])


def cdan(record: Published, *, entropy: bool) -> CDAN:
    """Return CDAN with the recorded linear critic."""
    alignment = CDAN(entropy=entropy)
    weights = torch.tensor(record.options['critic'], dtype=torch.float64)
    linear = nn.Linear(len(weights), 1, bias=False).double()
    linear.weight = nn.Parameter(weights[None])
    alignment.critic = nn.Sequential(linear, nn.Flatten(0))
    return alignment


def test_cdan_dalib() -> None:
    """Nothing differs for equal batches, the reversed gradient included."""
    record = load('cdan_dalib')
    source, target = views(record)
    (term,) = cdan(record, entropy=False)(source, target, record.options['reversal']).values()
    agree(term, record, 'source', 'target')
    assert record.gradients['source_logits'] is None


def test_cdan_with_entropy_dalib() -> None:
    """dalib weighs both domains jointly, where paper and ours weigh within each; its logarithm has an epsilon."""
    record = load('cdan_dalib_entropy')
    source, target = views(record)
    both = torch.cat([source.probabilities, target.probabilities]).detach()
    weights = 1 + (both * (both + 1e-5).log()).sum(dim=1).exp()
    joint = weights / weights.sum()
    close(joint, entropy_weights(torch.cat([source.logits, target.logits])), within=1e-5)

    alignment = cdan(record, entropy=True)
    logits = alignment.critic(alignment.condition(View.concatenate([source, target])))
    count = len(source)
    value = joint @ torch.cat([F.softplus(-logits[:count]), F.softplus(logits[count:])])
    close(value, record.value)

    (term,) = alignment(source, target, record.options['reversal']).values()
    found = torch.autograd.grad(term, [record['source'], record['target']])
    share = joint[:count].sum()
    assert float(share) != pytest.approx(0.5, abs=1e-3)
    for gradient, part, name in zip(found, (share, 1 - share), ('source', 'target'), strict=True):
        expected = record.gradients[name]
        assert expected is not None
        close(2 * part * gradient, expected, within=1e-5)


def test_entropy_weights_pytorch_adapt() -> None:
    """Nothing differs in value; theirs let the gradient through the entropy."""
    record = load('weights_adapt')
    close(entropy_weights(record['logits']), record.value)
