"""Unsupervised domain adaptation on PyTorch Lightning."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dann.core import moved as _moved
from dann.core.version import installed

if TYPE_CHECKING:
    from dann.core.alignment import Alignment
    from dann.core.fairness import Fairness
    from dann.core.online_method import OnlineMethod
    from dann.core.pretraining import Pretraining
    from dann.core.schedules import Schedule
    from dann.core.style import Style
    from dann.core.validator import Validator
    from dann.core.views import Losses, View
    from dann.datasets import DomainDataset, DomainPair
    from dann.engine.evaluation import Evaluator
    from dann.engine.module import AdaptationModule
    from dann.engine.trained import TrainedModel, load
    from dann.networks import Backbone

_moved.install()
__version__ = installed()

_HOMES = {
    'AdaptationModule': 'dann.engine.module',
    'Alignment': 'dann.core.alignment',
    'Backbone': 'dann.networks',
    'DomainDataset': 'dann.datasets',
    'DomainPair': 'dann.datasets',
    'Evaluator': 'dann.engine.evaluation',
    'Fairness': 'dann.core.fairness',
    'Losses': 'dann.core.views',
    'OnlineMethod': 'dann.core.online_method',
    'Pretraining': 'dann.core.pretraining',
    'Schedule': 'dann.core.schedules',
    'Style': 'dann.core.style',
    'TrainedModel': 'dann.engine.trained',
    'Validator': 'dann.core.validator',
    'View': 'dann.core.views',
    'load': 'dann.engine.trained',
}
__all__ = [
    'AdaptationModule',
    'Alignment',
    'Backbone',
    'DomainDataset',
    'DomainPair',
    'Evaluator',
    'Fairness',
    'Losses',
    'OnlineMethod',
    'Pretraining',
    'Schedule',
    'Style',
    'TrainedModel',
    'Validator',
    'View',
    '__version__',
    'load',
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: torch takes seconds, and a report needs none of it."""
    if name not in _HOMES:
        msg = f'module {__name__!r} has no attribute {name!r}'
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return sorted(__all__)
