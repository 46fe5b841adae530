"""The policies by which two domains pass through batch norm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Literal

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

Domain = Literal['source', 'target']


class DomainSpecificBatchNorm(nn.Module):
    """One batch norm a domain, statistics and affine parameters both; ``domain`` says which is in use.

    Args:
        norm: The batch norm that both start as copies of.

    Reference:
        `Domain-Specific Batch Normalization <https://arxiv.org/abs/1906.03950>`_, eqs. 3-5.
    """

    def __init__(self, norm: _BatchNorm) -> None:
        super().__init__()
        self.norms = nn.ModuleDict({'source': deepcopy(norm), 'target': deepcopy(norm)})
        self.domain: Domain = 'source'

    def forward(self, x: Tensor) -> Tensor:
        """Normalise with the statistics of the current domain."""
        normalised: Tensor = self.norms[self.domain](x)
        return normalised


def split_batch_norm(module: nn.Module) -> None:
    """Replace every batch norm inside ``module`` by a domain-specific one."""
    for name, child in list(module.named_children()):
        if isinstance(child, _BatchNorm):
            setattr(module, name, DomainSpecificBatchNorm(child))
        else:
            split_batch_norm(child)


def set_domain(module: nn.Module, domain: Domain) -> None:
    """Make every domain-specific batch norm inside ``module`` use ``domain``."""
    for child in module.modules():
        if isinstance(child, DomainSpecificBatchNorm):
            child.domain = domain


def keep_domain(module: nn.Module, domain: Domain) -> None:
    """Replace every domain-specific batch norm inside ``module`` by the one of ``domain``."""
    for name, child in list(module.named_children()):
        if isinstance(child, DomainSpecificBatchNorm):
            setattr(module, name, child.norms[domain])
        else:
            keep_domain(child, domain)


def shared_name(name: str) -> str:
    """Return what a parameter or buffer was called before batch norm was split by domain.

    Example:
        >>> shared_name('layers.1.norms.target.weight'), shared_name('layers.0.bias')
        ('layers.1.weight', 'layers.0.bias')
    """
    return re.sub(r'(^|\.)norms\.(?:source|target)\.', r'\1', name)


def has_batch_norm(module: nn.Module) -> bool:
    """Whether there is a batch norm inside ``module``."""
    return any(isinstance(child, _BatchNorm) for child in module.modules())


def trains_batch_norm(module: nn.Module) -> bool:
    """Whether there is a batch norm inside ``module`` that training changes."""
    norms = (child for child in module.modules() if isinstance(child, _BatchNorm))
    return any(parameter.requires_grad for norm in norms for parameter in norm.parameters())


def running_statistics(module: nn.Module) -> list[Tensor]:
    """Return the running means and variances of every batch norm inside ``module``."""
    norms = [child for child in module.modules() if isinstance(child, _BatchNorm)]
    return [each for norm in norms for each in norm.buffers(recurse=False) if each.is_floating_point()]


@contextmanager
def frozen_statistics(network: nn.Module) -> Iterator[None]:
    """Keep batch norm's running statistics as they are; batches are still normalised by their own statistics."""
    norms = [each for each in network.modules() if isinstance(each, _BatchNorm) and each.track_running_stats]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
