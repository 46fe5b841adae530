"""Unsupervised domain adaptation on PyTorch Lightning."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dann.datasets import DomainDataset, DomainPair
    from dann.methods.alignment import Alignment, Losses
    from dann.methods.style import Style
    from dann.module import AdaptationModule
    from dann.networks import Backbone
    from dann.schedules import Schedule
    from dann.validators import Validator
    from dann.views import View

try:
    __version__ = version('dann')
except PackageNotFoundError:  # run from a source tree that is not installed
    __version__ = '0'

_HOMES = {
    'AdaptationModule': 'dann.module',
    'Alignment': 'dann.methods.alignment',
    'Backbone': 'dann.networks',
    'DomainDataset': 'dann.datasets',
    'DomainPair': 'dann.datasets',
    'Losses': 'dann.methods.alignment',
    'Schedule': 'dann.schedules',
    'Style': 'dann.methods.style',
    'Validator': 'dann.validators',
    'View': 'dann.views',
}
__all__ = [
    'AdaptationModule',
    'Alignment',
    'Backbone',
    'DomainDataset',
    'DomainPair',
    'Losses',
    'Schedule',
    'Style',
    'Validator',
    'View',
    '__version__',
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: torch takes seconds, and a report needs none of it."""
    if name not in _HOMES:
        msg = f'module {__name__!r} has no attribute {name!r}'
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)
