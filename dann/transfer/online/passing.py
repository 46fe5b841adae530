"""One pass of a stream through a method: every batch is predicted and then learned from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from dann.core.errors import RunError
from dann.core.online_method import OnlineMethod
from dann.transfer.online.stream import Incoming


def predictions(
    method: OnlineMethod,
    incoming: Iterable[Incoming],
    enter: Callable[[Tensor], Tensor],
    tick: Callable[[int], object] = bool,
) -> Tensor:
    """Return the predicted class of every image, each made when its batch came, shape ``(N,)``.

    Args:
        method: Has been started.
        incoming: Batches without labels, in their order; each is asked for after the one before it was learned from.
        enter: From images as they are stored to what enters the network.
        tick: Told how many images each batch had.

    Raises:
        RunError: A prediction is not a number.
    """
    made: list[Tensor] = []
    for batch in incoming:
        if batch.anew:
            method.reset()
        logits = method.step(enter(batch.images))
        if not logits.isfinite().all():
            raise RunError(
                f'{method.name} predicts what is no number after {len(made)} batch{"es" * (len(made) != 1)}; '
                f'{_advice(method)}'
            )
        made.append(logits.argmax(dim=1).cpu())
        tick(len(batch.images))
    return torch.cat(made)


def _advice(method: OnlineMethod) -> str:
    rate = getattr(method, 'lr', None)
    if not isinstance(rate, float | int):
        return f'leave {method.name} out of the methods'
    return f'lower its learning rate, for example --methods {method.name}:lr={rate / 100:g}'
