"""What is seen of loss terms and gradients while a module trains."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from dann.audit.parts import parts
from dann.core.views import Losses
from dann.engine.module import AdaptationModule

TASK = ('source', 'shots')


class Watch:
    """Looks on, through the functions that every method passes its terms to, and changes nothing.

    ``values`` are those of each term, step by step; ``owners`` the part that returned it; ``gradients`` the largest
    entry of each parameter's gradient, of any step.
    """

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}
        self.owners: dict[str, str] = {}
        self.gradients: dict[str, Tensor] = {}
        self.reached: set[str] = set()  # terms that `without` can take away

    def attach(self, module: AdaptationModule) -> None:
        """Begin to look at a module that was just built."""
        for part in parts(module):
            if part.name != 'model':
                function = 'losses' if part.name == 'style' else 'forward'
                _after(part.owner, function, partial(self._own, part.name))
        _after(module, 'losses', lambda losses: self.reached.update(losses))
        _before(module, 'descend', lambda losses, *_: self.reached.update(losses))
        _before(module, 'record', lambda losses, *_: self._note(losses))
        for name, parameter in module.named_parameters():
            if parameter.requires_grad:
                hooked: Any = parameter
                hooked.register_post_accumulate_grad_hook(partial(self._seen, name))

    @property
    def terms(self) -> list[str]:
        """Names of the terms but those of labelled images."""
        return [name for name in self.values if name not in TASK] + sorted(
            self.reached - self.values.keys() - {*TASK}
        )

    def _own(self, name: str, losses: Losses) -> None:
        self.owners |= dict.fromkeys(losses, name)

    def _note(self, losses: Losses) -> None:
        for name, value in losses.items():
            self.values.setdefault(name, []).append(float(value.detach()))

    def _seen(self, name: str, parameter: Tensor) -> None:
        if parameter.grad is not None:
            largest = parameter.grad.detach().abs().max()
            self.gradients[name] = torch.maximum(self.gradients.get(name, largest), largest)


def without(*terms: str) -> Callable[[AdaptationModule], None]:
    """Return a change of a module after which ``terms`` send no gradient anywhere; all else stays as it is."""

    def silenced(losses: Losses) -> Losses:
        # times 0 rather than detached: an optimiser treats a gradient of zeros and none at all differently
        return {name: value * 0 if name in terms else value for name, value in losses.items()}

    def change(module: AdaptationModule) -> None:
        losses, descend = module.losses, module.descend
        vars(module).update(
            losses=lambda *args, **options: silenced(losses(*args, **options)),
            descend=lambda found, *optimizers: descend(silenced(found), *optimizers),
        )

    return change


def _after(owner: Any, function: str, look: Callable[[Losses], None]) -> None:
    original = getattr(owner, function)

    def call(*args: Any, **options: Any) -> Losses:
        losses: Losses = original(*args, **options)
        look(losses)
        return losses

    vars(owner)[function] = call


def _before(owner: Any, function: str, look: Callable[..., None]) -> None:
    original = getattr(owner, function)

    def call(*args: Any, **options: Any) -> Any:
        look(*args, *options.values())
        return original(*args, **options)

    vars(owner)[function] = call
