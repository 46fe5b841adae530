"""Unsupervised domain adaptation on PyTorch Lightning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dann.core import moved as _moved
from dann.core.registry import imported_when_used
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
    'AdaptationModule': 'engine.module',
    'Alignment': 'core.alignment',
    'Backbone': 'networks',
    'DomainDataset': 'datasets',
    'DomainPair': 'datasets',
    'Evaluator': 'engine.evaluation',
    'Fairness': 'core.fairness',
    'Losses': 'core.views',
    'OnlineMethod': 'core.online_method',
    'Pretraining': 'core.pretraining',
    'Schedule': 'core.schedules',
    'Style': 'core.style',
    'TrainedModel': 'engine.trained',
    'Validator': 'core.validator',
    'View': 'core.views',
    'load': 'engine.trained',
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
__getattr__, __dir__ = imported_when_used(__name__, _HOMES, ('__version__',))
