"""The base class of a first stage that trains a backbone on images without labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor, nn

from dann.core.errors import check
from dann.core.frozen import freeze_tables, frozen
from dann.core.remembered import Remembered
from dann.core.search_space import Float, Search

if TYPE_CHECKING:
    from dann.networks.backbone import Backbone


class Pretraining(Remembered, ABC):
    """A first stage, before anything is adapted; a subclass writes ``loss``.

    It trains the backbone on the training images of both domains, drawn from their union, and is given no label of
    either. What it needs on top of the features is made in ``head`` and thrown away at the end. The weights are kept
    in the cache under a hash of all that they depend on: a second run that asks for the same starts from them.

    Args:
        steps: Of the stage, at least 1.
        batch_size: Images in a step, of both domains together, at least 2.
        lr: Highest learning rate of AdamW, above 0; it falls to 0 along half a cosine.
        weight_decay: Of AdamW, at least 0, for weights of two and more dimensions; biases and norms have none.
    """

    family: ClassVar[str] = 'pretraining'
    backbone: ClassVar[str] = ''  # the one that it needs, where it does not take any of images
    search: ClassVar[Search] = frozen({'lr': Float(1e-4, 1e-2, log=True)})

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        freeze_tables(cls)

    def __init__(
        self, steps: int = 1000, batch_size: int = 128, lr: float = 1e-3, weight_decay: float = 1e-4
    ) -> None:
        check(steps > 0, f'expected `steps` above 0, got {steps}')
        check(batch_size > 1, f'expected `batch_size` of at least 2, got {batch_size}')
        check(0 < lr <= 1, f'expected `lr` in (0, 1], got {lr}')
        check(weight_decay >= 0, f'expected `weight_decay` of at least 0, got {weight_decay}')
        self.steps, self.batch_size, self.lr, self.weight_decay = steps, batch_size, lr, weight_decay

    def validate(self, backbone: Backbone, image_shape: Sequence[int]) -> None:
        """Raise ``CheckError`` for a backbone, or images ``(C, H, W)``, that the stage cannot train on."""

    def head(self, backbone: Backbone, image_shape: Sequence[int]) -> nn.Module:
        """Return what is trained on top of the features and thrown away; images have shape ``(C, H, W)``."""
        return nn.Identity()

    @abstractmethod
    def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
        """Return the loss of a batch, a scalar.

        Args:
            backbone: Which is trained.
            head: As ``head`` returned it.
            images: In [0, 1], augmented as the data says, shape ``(B, C, H, W)``.
        """
