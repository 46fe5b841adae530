"""The base class of methods that adapt a deployed network while it predicts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from copy import deepcopy
from typing import ClassVar

import torch
from torch import Tensor, nn

from dann.core.errors import UserError
from dann.core.remembered import Remembered


class OnlineMethod(Remembered, ABC):
    """Learns from the unlabelled batches that a network predicts, one after another; a subclass writes ``step``.

    ``start`` takes the deployed network, a module from images to logits, and adapts a copy. A subclass that trains
    something chooses it in ``prepare``, by ``adapt``: all other parameters stay as they are. No label has a place here.

    ``name`` is what tables and the command line call it. A method that must see unlabelled images of the source before
    the stream begins sets ``needs_source``; one that changes images, and so has no use for vectors or series, sets
    ``images_only``; one that takes many times as long as a prediction sets ``dear``, and is run where it is named.

    Example:
        >>> class Centred(OnlineMethod):
        ...     name = 'centred'
        ...
        ...     def step(self, images):
        ...         logits = self.network(images)
        ...         return logits - logits.mean(dim=0)
        >>> method = Centred()
        >>> method.start(nn.Flatten())
        >>> method.step(torch.tensor([[1.0, 4.0], [3.0, 2.0]]))
        tensor([[-1.,  1.],
                [ 1., -1.]])
    """

    name: ClassVar[str]
    needs_source: ClassVar[bool] = False
    images_only: ClassVar[bool] = False
    dear: ClassVar[bool] = False

    first: nn.Module
    network: nn.Module

    def start(self, network: nn.Module, source: Tensor | None = None, seed: int = 0) -> None:
        """Begin with a deployed network, which is left as it is.

        Args:
            network: From images as they enter it, shape ``(B, ...)``, to logits ``(B, C)``.
            source: Unlabelled samples of the source as they enter it, shape ``(N, ...)``.
            seed: Of all that the method draws.

        Raises:
            UserError: The network has nothing that the method adapts, or ``source`` is missing and needed.
        """
        if self.needs_source and source is None:
            raise UserError(
                f'{self.name} needs unlabelled images of the source; name the source, or leave {self.name} out'
            )
        self.first, self.source = network, source
        self.generator = torch.Generator().manual_seed(seed)
        self.reset()

    def reset(self) -> None:
        """Forget all that was learned: the network is the deployed one again."""
        self.network = deepcopy(self.first).eval().requires_grad_(False)
        self.adapted: list[nn.Parameter] = []
        self.prepare()

    def prepare(self) -> None:
        """Do what a subclass does before the first batch, and after every reset: choose what is adapted."""

    def adapt(self, parameters: Iterable[nn.Parameter]) -> None:
        """Train these parameters of ``network`` and no others.

        Raises:
            UserError: There are none.
        """
        self.adapted = list(parameters)
        for each in self.adapted:
            each.requires_grad_()
        if not self.adapted:
            raise UserError(
                f'{self.name} has nothing to train in this network; leave {self.name} out of the methods'
            )

    @abstractmethod
    def step(self, images: Tensor) -> Tensor:
        """Return the logits ``(B, C)`` that count for a batch, and learn from it.

        Args:
            images: As they enter the network, shape ``(B, ...)``.
        """
