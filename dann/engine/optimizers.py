"""What a configuration may name as the optimiser."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from torch.optim import Optimizer

from dann.core.errors import UserError


def check_optimizer(model: Any) -> None:
    """Raise ``UserError`` where the optimiser of a parsed model is not one, before anything of it is called.

    The parser takes any function in its place, ``os.system`` among them.

    Args:
        model: Namespace of the model.
    """
    given = getattr(getattr(model, 'init_args', None), 'optimizer', None)
    path = getattr(given, 'class_path', None)
    if path is None:
        return
    module, _, name = str(path).rpartition('.')
    kind = getattr(import_module(module), name)
    if not (isinstance(kind, type) and issubclass(kind, Optimizer)):
        raise UserError(f'{path} is no optimiser; name a class that is derived from torch.optim.Optimizer')
