"""Records loss terms and gradients while a module trains, and switches single terms off."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from dann.audit.parts import parts
from dann.audit.tapped import Tap, TappedModule
from dann.core.views import Losses

TASK = ('source', 'shots')


class Watch(Tap):
    """Records every loss term and gradient of a training, and changes nothing.

    ``values`` holds the values of each recorded term, step by step. ``owners`` names the part (style or alignment)
    that returned a term. ``gradients`` holds the largest entry of each parameter's gradient over all steps.
    ``reached`` names the terms that ``without`` can switch off.
    """

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}
        self.owners: dict[str, str] = {}
        self.gradients: dict[str, Tensor] = {}
        self.reached: set[str] = set()

    def attach(self, module: TappedModule) -> None:
        """Start to record a module that was just built."""
        module.tap = self
        for part in parts(module):
            if part.name not in ('model', 'style'):
                part.owner.register_forward_hook(partial(self._returned, part.name))
        for name, parameter in module.named_parameters():
            if parameter.requires_grad:
                hooked: Any = parameter
                hooked.register_post_accumulate_grad_hook(partial(self._gradient, name))

    @property
    def terms(self) -> list[str]:
        """Names of all terms except the classification losses on labelled images."""
        return [name for name in self.values if name not in TASK] + sorted(
            self.reached - self.values.keys() - {*TASK}
        )

    def losses(self, losses: Losses) -> Losses:
        """Note which terms pass."""
        self.reached.update(losses)
        return losses

    def style_losses(self, losses: Losses) -> None:
        """Note which terms are the style's."""
        self.owners |= dict.fromkeys(losses, 'style')

    def descend(self, losses: Losses, optimizers: tuple[Any, ...]) -> Losses:
        """Note which terms pass."""
        return self.losses(losses)

    def record(self, losses: Losses) -> None:
        """Note the values of the terms."""
        for name, value in losses.items():
            self.values.setdefault(name, []).append(float(value.detach()))

    def _returned(self, owner: str, _module: Any, _views: Any, losses: Losses) -> None:
        self.owners |= dict.fromkeys(losses, owner)

    def _gradient(self, name: str, parameter: Tensor) -> None:
        if parameter.grad is not None:
            largest = parameter.grad.detach().abs().max()
            self.gradients[name] = torch.maximum(self.gradients.get(name, largest), largest)


class Silencer(Tap):
    """Multiplies chosen terms by 0, so that they send no gradient anywhere.

    Args:
        terms: Names of the terms.
    """

    def __init__(self, *terms: str) -> None:
        self.terms = terms

    def losses(self, losses: Losses) -> Losses:
        """Return the terms, the chosen ones times 0."""
        # times 0 rather than detached: an optimiser treats a gradient of zeros and none at all differently
        return {name: value * 0 if name in self.terms else value for name, value in losses.items()}

    def descend(self, losses: Losses, optimizers: tuple[Any, ...]) -> Losses:
        """Return the terms, the chosen ones times 0."""
        return self.losses(losses)


def without(*terms: str) -> Callable[[TappedModule], None]:
    """Return a change of a module after which ``terms`` send no gradient anywhere; all else stays as it is."""

    def change(module: TappedModule) -> None:
        module.tap = Silencer(*terms)

    return change
