"""Bottleneck, classification head and domain critic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, get_args

from torch import nn

from dann.core.errors import check

Norm = Literal['none', 'batch', 'layer']
Activation = Literal['relu', 'tanh', 'none']
ACTIVATIONS: Mapping[str, Callable[[], list[nn.Module]]] = {
    'relu': lambda: [nn.ReLU()],
    'tanh': lambda: [nn.Tanh()],
    'none': list,
}
WIDEST = 1_000_000
NORMS: Mapping[str, Callable[[int], nn.Module]] = {'batch': nn.BatchNorm1d, 'layer': nn.LayerNorm}


def check_layers(hidden: Sequence[int], norm: str, dropout: float) -> None:
    """Raise ``ValueError`` unless hidden layers, norm and dropout of an option make sense."""
    check(min(hidden, default=1) > 0, f'expected `hidden` sizes above 0, got {tuple(hidden)}')
    check(norm in get_args(Norm), f'expected `norm` to be one of {get_args(Norm)}, got {norm!r}')
    check(0 <= dropout < 1, f'expected `dropout` in [0, 1), got {dropout}')


def linear(in_features: int, width: int) -> nn.Linear:
    """Return a linear layer of a width that memory can hold; what is larger is a slip of the pen."""
    check(0 < width <= WIDEST, f'expected a layer of 1 to {WIDEST:,} numbers, got {str(width)[:40]}')
    return nn.Linear(in_features, width)


def rectified(width: int, norm: Norm = 'none', dropout: float = 0.0) -> list[nn.Module]:
    """Return what stands behind a hidden linear layer of ``width`` numbers: norm, ReLU and dropout.

    Neither norm nor dropout draws a number when it is made, so that linear layers start the same with any of them.
    """
    norms = [NORMS[norm](width)] if norm != 'none' else []
    return [*norms, nn.ReLU(), *([nn.Dropout(dropout)] if dropout else [])]


def mlp(sizes: Sequence[int], *, norm: Norm = 'none', dropout: float = 0.0) -> nn.Sequential:
    """Linear layers of the given sizes; norm, ReLU and dropout behind each, nothing behind the last."""
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes[:-1]):
        layers.extend([linear(before, after), *rectified(after, norm, dropout)])
    return nn.Sequential(*layers, linear(sizes[-2], sizes[-1]))


def classifier(
    in_features: int, hidden: Sequence[int], num_classes: int, norm: Norm = 'none', dropout: float = 0.0
) -> nn.Sequential:
    """Classifier of a method that has several: as ``mlp``, but with dropout in front of the first linear layer too.

    Args:
        in_features: Numbers that it sees of each sample.
        hidden: Widths of its hidden layers.
        num_classes: Numbers that it returns.
        norm: In front of every ReLU.
        dropout: Share of what each linear layer sees that is set to 0 while it learns.
    """
    layers = mlp((in_features, *hidden, num_classes), norm=norm, dropout=dropout)
    return nn.Sequential(nn.Dropout(dropout), *layers) if dropout else layers


def bottleneck(
    in_features: int,
    out_features: int | None,
    *,
    norm: Norm = 'none',
    activation: Activation = 'relu',
    dropout: float = 0.0,
) -> nn.Module:
    """Linear layer, norm, activation and dropout; the identity without ``out_features``."""
    if out_features is None:
        return nn.Identity()
    behind = rectified(out_features, norm, dropout)
    at = next(place for place, layer in enumerate(behind) if isinstance(layer, nn.ReLU))
    behind[at : at + 1] = ACTIVATIONS[activation]()
    return nn.Sequential(linear(in_features, out_features), *behind)


def critic(in_features: int, hidden: Sequence[int], norm: Norm = 'none', dropout: float = 0.0) -> nn.Module:
    """Domain critic: an MLP with one output, the logit of being source.

    Args:
        in_features: Numbers that it sees of each sample.
        hidden: Widths of its hidden layers.
        norm: In front of every ReLU. While it learns, batch norm takes its statistics over what is passed at once:
            pass both domains together, or they say which domain it is.
        dropout: Share of every hidden layer's outputs that is set to 0 while it learns.
    """
    return nn.Sequential(mlp((in_features, *hidden, 1), norm=norm, dropout=dropout), nn.Flatten(0))
