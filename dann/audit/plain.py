"""Numbers that a module keeps outside its state dict."""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, nn


def plain_state(module: nn.Module) -> dict[str, Any]:
    """Return every plain number in a module, its submodules and their schedules, by path.

    No checkpoint holds them. One that changes during training starts anew in a resumed run.
    """
    known = {*vars(pl.LightningModule()), 'training', 'tap'}
    found: dict[str, Any] = {}
    for path, part in module.named_modules():
        for name, value in vars(part).items():
            if name in known:
                continue
            where = f'{path}.{name}'.lstrip('.')
            found |= _numbers(where, value)
            if _is_plain_object(value):
                inner = vars(value).items()
                found |= {
                    key: each for name, v in inner for key, each in _numbers(f'{where}.{name}', v).items()
                }
    return found


def _numbers(where: str, value: Any) -> dict[str, Any]:
    if isinstance(value, (bool, int, float)):
        return {where: value}
    if isinstance(value, Tensor) and value.numel() == 1:
        return {where: value.item()}
    if isinstance(value, (list, tuple)) and all(isinstance(each, (bool, int, float)) for each in value):
        return {where: tuple(value)}
    return {}


def _is_plain_object(value: Any) -> bool:
    no_state = (nn.Module, type, FunctionType, MethodType, Tensor)
    return hasattr(value, '__dict__') and not isinstance(value, no_state)
