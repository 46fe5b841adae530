"""The base class of styles whose networks are trained."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from dann.core.errors import UserError, check
from dann.core.frozen import frozen
from dann.core.schedules import Constant, Delayed, Schedule
from dann.core.search_space import Float, Search
from dann.core.style import Style
from dann.core.torch_files import load
from dann.core.views import Losses
from dann.networks.translators import ImagePool


class Learned(Style):
    """A style whose networks are trained within the run, or were trained in an earlier one.

    The networks train from the first step; source images are stylised once the schedule begins, by default in
    the second half of the run. With ``weights`` the networks are those of an earlier run, stay frozen, and
    stylise from the first step.

    Args:
        weight: Blend between the source image (0) and the stylised one (1).
        schedule: How the strength grows with progress; ``null`` for ``Delayed(0.5)``, or for ``Constant()`` with
            ``weights``.
        weights: ``weights.pt`` or a checkpoint of an earlier run with this style; ``null`` to train.
        lr_scale: Factor on the learning rate of the style's networks, above 0.
    """

    untrained: ClassVar[Mapping[str, Any]] = frozen({'weights': None})
    search: ClassVar[Search] = {**Style.search, 'lr_scale': Float(0.05, 1, log=True)}

    def __init__(
        self,
        weight: float = 1.0,
        schedule: Schedule | None = None,
        weights: str | None = None,
        lr_scale: float = 0.2,
    ) -> None:
        super().__init__(weight, schedule or (Delayed(0.5) if weights is None else Constant()))
        check(lr_scale > 0, f'expected `lr_scale` above 0, got {lr_scale}')
        self.weights, self.lr_scale = weights, lr_scale

    def build(self, num_classes: int) -> None:
        """Create the networks, from ``weights`` where given.

        Raises:
            UserError: The file cannot be read or holds other networks.
        """
        self.make(num_classes)
        if self.weights is not None:
            self._reuse(self.weights)

    def _reuse(self, path: str) -> None:
        try:
            saved = load(path)
            saved = saved.get('state_dict', saved)
            mine = {key.removeprefix('style.'): saved[key] for key in saved if key.startswith('style.')}
            check(bool(mine), 'it holds no style')
            self.load_state_dict(mine)
        except Exception as error:
            # torch may raise anything on a file that it did not write
            why = ' '.join(str(error).split())[:200]
            msg = (
                f'cannot reuse {path} as {type(self).__name__} ({why}); '
                'give the weights of a run with this style, these options and these classes'
            )
            raise UserError(msg) from error
        for pool in [module for module in self.modules() if isinstance(module, ImagePool)]:
            pool.images = torch.zeros(0)
        self.requires_grad_(False)

    @abstractmethod
    def make(self, num_classes: int) -> None:
        """Create the networks."""

    @abstractmethod
    def terms(self, source: Tensor, labels: Tensor, target: Tensor) -> Losses:
        """Return the terms that train the networks, from images and source labels."""

    def losses(self, source: Tensor, labels: Tensor, target: Tensor, progress: float) -> Losses:
        """Return the terms that train the networks; none where they were trained before.

        Raises:
            ValueError: Images that do not have three channels.
        """
        check(
            source.shape[1] == 3,
            f'expected images of shape (B, 3, H, W), got {tuple(source.shape)}; repeat grey',
        )
        return self.terms(source, labels, target) if self.weights is None else {}
