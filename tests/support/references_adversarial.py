"""Adversarial losses and penalties a second time: NumPy, float64, one loop per sum of the published formula.

Nothing here is shared with the library; slow and literal on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from references import Array, softmax
from torch import Tensor, nn


def margin_disparity(
    source: Array, target: Array, source_classes: Sequence[int], target_classes: Sequence[int], margin: float
) -> float:
    """gamma CE(f'_s, y_s) - mean log(1 - softmax(f'_t)[y_t]): Zhang et al. (2019), section 4."""
    agree = [-math.log(float(p[y])) for p, y in zip(softmax(source), source_classes, strict=True)]
    disagree = [math.log(1 - float(p[y])) for p, y in zip(softmax(target), target_classes, strict=True)]
    return margin * math.fsum(agree) / len(agree) - math.fsum(disagree) / len(disagree)


def norm(x: Array) -> float:
    return math.sqrt(math.fsum(float(v) ** 2 for v in x))


def stepwise_norm(source: Array, target: Array, source_was: Array, target_was: Array, step: float) -> float:
    """Mean over both domains of (||x|| - (||x_was|| + step))^2, the norms before the update: Xu et al. (2019)."""
    samples = [*zip(source, source_was, strict=True), *zip(target, target_was, strict=True)]
    return math.fsum((norm(now) - (norm(was) + step)) ** 2 for now, was in samples) / len(samples)


def hard_norm(source: Array, target: Array, radius: float) -> float:
    """(mean ||s|| - R)^2 + (mean ||t|| - R)^2: Xu et al. (2019)."""
    means = [math.fsum(norm(x) for x in domain) / len(domain) for domain in (source, target)]
    return math.fsum((mean - radius) ** 2 for mean in means)


def spectral_penalty(source: Array, target: Array, count: int) -> float:
    """Largest squared singular values of both domains, one after the other, by power iteration and deflation."""
    total = 0.0
    for domain in (source, target):
        left = domain.copy()
        for _ in range(min(count, *domain.shape)):
            v = np.ones(domain.shape[1]) + np.arange(domain.shape[1])
            for _ in range(5000):
                v = left.T @ (left @ v)
                v = v / norm(v)
            total += norm(left @ v) ** 2
            left = left - np.outer(left @ v, v)
    return total


def slope_penalty(first: Array, bias: Array, last: Array, points: Array) -> float:
    """Mean of (||grad f|| - 1)^2 for f(x) = last . relu(first x + bias), its gradient written out."""
    terms = []
    for x in points:
        slope = np.zeros(len(x))
        for unit, (row, shift) in enumerate(zip(first, bias, strict=True)):
            if math.fsum(float(a) * float(b) for a, b in zip(row, x, strict=True)) + float(shift) > 0:
                slope += float(last[unit]) * row
        terms.append((norm(slope) - 1) ** 2)
    return math.fsum(terms) / len(terms)


def numerical_gradient(function: object, at: Array, step: float = 1e-6) -> Array:
    """Central differences of a function of one array."""
    assert callable(function)
    result = np.zeros_like(at)
    for index in np.ndindex(*at.shape):
        up, down = at.copy(), at.copy()
        up[index] += step
        down[index] -= step
        result[index] = (function(up) - function(down)) / (2 * step)
    return result


def normalised(values: Array, norm: str) -> Array:
    """Each column (batch) or each row (layer), less its mean and by its deviation."""
    if norm == 'none':
        return values
    axis = 0 if norm == 'batch' else 1
    deviation = np.sqrt(values.var(axis=axis, keepdims=True) + 1e-5)
    return np.asarray((values - values.mean(axis=axis, keepdims=True)) / deviation)


def with_norm(network: nn.Module, x: Tensor, norm: str) -> Array:
    """The output of a network's linear layers with new norms and ReLU between them, in training."""
    values = x.detach().double().numpy()
    linear = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    for number, layer in enumerate(linear):
        values = np.maximum(normalised(values, norm), 0) if number else values
        weight, bias = (each.detach().double().numpy() for each in (layer.weight, layer.bias))
        values = values @ weight.T + bias
    return values
