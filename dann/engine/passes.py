"""Further passes of target images through the network, for the validators that need them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from dann.core.errors import unknown
from dann.core.validator import Validator
from dann.core.views import View

See = Callable[[Tensor], View]
Pass = Callable[[See, Tensor, View, int], dict[str, Tensor]]
SHARE = 0.55  # of the image itself in a mixed one, as MixVal's paper has it


def mixup(see: See, images: Tensor, view: View, number: int) -> dict[str, Tensor]:
    """Pass each image mixed with another one of its batch.

    Args:
        see: The network that is evaluated, from images to a view.
        images: The batch, shape ``(B, C, H, W)``.
        view: What the network saw of it.
        number: Of the batch in its split; the partners follow from it, and so are the same at every evaluation.

    Returns:
        ``logits`` of the mixed images, shape ``(B, C)``, and the predicted class of each one's ``partner``,
        shape ``(B,)``.
    """
    partners = torch.randperm(len(images), generator=torch.Generator().manual_seed(number)).to(images.device)
    mixed = SHARE * images + (1 - SHARE) * images[partners]
    return {'logits': see(mixed).logits, 'partner': view.predictions[partners]}


PASSES: dict[str, Pass] = {'mixup': mixup}


def needed(validators: Sequence[Validator]) -> tuple[str, ...]:
    """Return the passes that some of the validators need, sorted by name.

    Raises:
        UserError: A validator needs a pass that is not in ``PASSES``.
    """
    for validator in validators:
        for name in validator.needs:
            if name not in PASSES:
                raise unknown(f'pass that {type(validator).__name__} needs', name, PASSES)
    return tuple(sorted({name for validator in validators for name in validator.needs}))


def run_passes(names: Iterable[str], see: See, images: Tensor, view: View, number: int) -> dict[str, Tensor]:
    """Run passes on one batch; the arguments are those of ``mixup``.

    Returns:
        What they found, by ``<pass>.<result>``, such as ``mixup.logits``: the ``extra`` of the batch's view.
    """
    return {
        f'{name}.{result}': part
        for name in names
        for result, part in PASSES[name](see, images, view, number).items()
    }
