"""The base class of styles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from dann.core.errors import check
from dann.core.frozen import freeze_tables, frozen
from dann.core.remembered import Remembered
from dann.core.schedules import Constant, Schedule
from dann.core.search_space import Float, Search
from dann.core.views import Losses

if TYPE_CHECKING:
    from dann.networks.backbone import Backbone


class Style(Remembered, nn.Module, ABC):
    """Source images in the target's style, their labels still valid; a subclass writes ``stylise``.

    Every source image gets a partner, drawn at random from the target batch. The result is blended with the
    original: ``x + strength * (stylise(x, partner) - x)``, with
    ``strength(progress) = weight * schedule(progress)`` in [0, 1].

    A style that is learned owns its networks, made in ``build``, and trains them by the terms of ``losses``,
    which join the step's; no gradient of the other terms reaches it. A style of features instead of images sets
    ``on_features``, finds its layers of the backbone in ``attach`` and changes their outputs inside ``mixing``.
    A style that does not change images before the network sets ``on_images`` to false. ``search``, ``rows``
    and ``recommended`` are as in an alignment.

    Args:
        weight: Blend between the source image (0) and the stylised one (1).
        schedule: How the strength grows with progress.

    Example:
        >>> class Brightness(Style):
        ...     def stylise(self, source, partner):
        ...         return source + partner.mean(dim=(1, 2, 3), keepdim=True) - source.mean(dim=(1, 2, 3), keepdim=True)
        >>> day, night = torch.full((2, 3, 8, 8), 0.75), torch.full((5, 3, 8, 8), 0.25)
        >>> Brightness()(day, night, strength=0.5).mean()
        tensor(0.5000)
    """

    family: ClassVar[str] = 'style'
    search: ClassVar[Search] = frozen({'weight': Float(0.1, 1.0)})
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = frozen({})
    recommended: ClassVar[Mapping[str, Any]] = frozen({})
    on_images: ClassVar[bool] = True
    on_features: ClassVar[bool] = False
    lr_scale: float = 1.0  # factor on the learning rate of the style's own networks

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        freeze_tables(cls)

    def __init__(self, weight: float = 1.0, schedule: Schedule = Constant()) -> None:
        super().__init__()
        check(0 <= weight <= 1, f'expected `weight` in [0, 1], got {weight}')
        self.weight = weight
        self.schedule = schedule

    def strength(self, progress: float) -> float:
        """Return the strength at ``progress`` in [0, 1]."""
        return self.weight * self.schedule(progress)

    def build(self, num_classes: int) -> None:
        """Create the style's own networks. Called once, before training."""

    def attach(self, backbone: Backbone) -> None:
        """Find the layers of the backbone that the style works in. Called once, before training."""

    def losses(self, source: Tensor, labels: Tensor, target: Tensor, progress: float) -> Losses:
        """Return the terms that train the style's own networks, from images and source labels."""
        return {}

    def scaled(self) -> Iterator[tuple[nn.Parameter, float]]:
        """Yield the style's own parameters, each with the factor on its learning rate."""
        return ((parameter, self.lr_scale) for parameter in self.parameters())

    def mixing(self, strength: float, source: int) -> AbstractContextManager[None]:
        """Return the context in which the first ``source`` images of a pass, and the target's after them, are mixed."""
        return nullcontext()

    @abstractmethod
    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        """Return ``source`` images ``(B, C, H, W)`` in [0, 1] in the style of ``partner``, image by image."""

    @torch.no_grad()
    def forward(self, source: Tensor, target: Tensor, strength: float) -> Tensor:
        """Return the source images, shape ``(Bs, C, H, W)``, in the style of ``(Bt, C, H, W)`` target ones."""
        if strength == 0 or not self.on_images:
            return source
        check(
            source.ndim == 4 and target.ndim == 4 and source.shape[1:] == target.shape[1:],
            'expected images of shape (Bs, C, H, W) and (Bt, C, H, W), '
            f'got {tuple(source.shape)} and {tuple(target.shape)}',
        )
        partner = target[torch.randint(len(target), (len(source),), device=target.device)]
        with torch.autocast(source.device.type, enabled=False):
            return torch.lerp(source, self.stylise(source, partner).clamp(0, 1), strength)
