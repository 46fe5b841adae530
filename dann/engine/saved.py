"""Reads the files that hold trained weights, and makes the module again that they are of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dann.core.errors import RunError, UserError
from dann.core.parts import PARTS
from dann.core.remembered import remade, trusted
from dann.core.sealed import check_sealed
from dann.core.torch_files import DamagedFileError, load
from dann.engine.card import FORMAT
from dann.engine.module import AdaptationModule

WITHOUT_BACKBONE = 'without_backbone'  # in the card of a file whose backbone is that of the last step's
OF_BOTTLENECK = ('bottleneck_norm', 'bottleneck_activation')
BACKBONE = 'network.backbone.'
WEIGHTS, CHOSEN = 'weights.pt', 'chosen.pt'  # of the last step, and of the chosen one where that is another


@dataclass(frozen=True, slots=True)
class Saved:
    """Weights and what they say of themselves.

    Args:
        path: The file.
        card: What ``card_of`` wrote; empty in files of earlier versions.
        weights: By name.
    """

    path: Path
    card: Mapping[str, Any]
    weights: Mapping[str, Tensor]


def read(path: Path) -> Saved:
    """Return what is in a checkpoint, or in a file of weights.

    Raises:
        UserError: It is not there, or holds something else.
        RunError: It is not as its job has left it, or leaves out weights of a file that is gone.
    """
    if not path.is_file():
        raise UserError(
            f'there is no checkpoint {path}; name a file of `dann fit`, or a folder of `dann benchmark`'
        )
    content = _loaded(path)
    weights, card = content['state_dict'], content.get('card') or {}
    if not _named(weights, Tensor) or not isinstance(card, dict):
        raise UserError(
            f'{path} holds no weights; name a file of `dann fit`, or a folder of `dann benchmark`'
        )
    if card.get('format', FORMAT) != FORMAT:
        raise UserError(f'{path} was written by dann {card.get("dann")}; install that version or a later one')
    return Saved(path, card, {**_rest(path), **weights} if card.get(WITHOUT_BACKBONE) else weights)


def _loaded(path: Path) -> dict[str, Any]:
    check_sealed(path)
    try:
        content = load(path)
    except (OSError, DamagedFileError) as error:
        raise UserError(f'{path} is no checkpoint, or a damaged one; train again, or take another') from error
    whole = isinstance(content, dict) and isinstance(content.get('state_dict'), dict)
    return content if whole else {'state_dict': content}


def _named(values: Any, kind: type[Any]) -> bool:
    return isinstance(values, dict) and all(isinstance(each, kind) for each in values.values())


def _rest(path: Path) -> Mapping[str, Tensor]:
    """Return the weights of the last step, beside the chosen ones."""
    beside = path.with_name(WEIGHTS)
    if beside == path or not beside.is_file():
        raise RunError(f'{path} needs the backbone in {beside}, which is gone; copy both files')
    return read(beside).weights


def restored(saved: Saved, *, allow: Iterable[str] = (), **options: Any) -> AdaptationModule:
    """Return the module that weights are of, in evaluation mode.

    A part of the user's own, such as an alignment, that is not allowed is left out: none is of use after training.

    Args:
        saved: As ``read`` returns it.
        allow: Modules with code of the user's own that may be imported, for example ``my_loss``.
        options: Take the place of those the module was made with.

    Raises:
        UserError: The file does not say what it is of, or needs code that is not allowed.
        RunError: The weights do not fit.
    """
    written = saved.card.get('model')
    if not isinstance(written, Mapping):
        if not written:
            raise UserError(
                f'{saved.path} does not say what network it is of, as an earlier version wrote it; train again'
            )
        raise UserError(
            f'{saved.path} does not say what network it is of ({written}); let a Backbone of your own make its '
            'network from plain options, and train again'
        )
    try:
        module = _made(saved, written, tuple(allow), options)
    except (AttributeError, KeyError, TypeError) as error:
        why = ' '.join(str(error).split())[:200]
        raise UserError(
            f'{saved.path} is damaged, or of another version of dann ({why}); train again, or install that version'
        ) from error
    return _filled(module, saved)


def _made(
    saved: Saved, written: Mapping[str, Any], allow: tuple[str, ...], options: Mapping[str, Any]
) -> AdaptationModule:
    """Return the module with its first weights."""
    network, given = saved.card['network'], written['init_args']
    declared = OF_BOTTLENECK if given.get('bottleneck', 1) else ()
    fixed: dict[str, Any] = {each: network[each] for each in ('batch_norm', *declared) if each in network}
    fixed |= {part: None for part in PARTS if not trusted(given.get(part), allow)}
    module = remade(written, allow, **{**fixed, **options})
    if not isinstance(module, AdaptationModule):
        raise UserError(
            f'{saved.path} is no model of dann; name a checkpoint of `dann fit` or `dann benchmark`'
        )
    module.restored_as = network['deployed']  # which a part that is left out may have decided
    return module


def _filled(module: AdaptationModule, saved: Saved) -> AdaptationModule:
    module.configure_model()
    # buffers with one entry for each training image have no size before the data is loaded
    unfilled = {name: buffer for name, buffer in module.named_buffers() if not buffer.numel()}
    absent = tuple(f'{part}.' for part in PARTS if getattr(module, part) is None)
    weights = {name: value for name, value in saved.weights.items() if not name.startswith(absent)}
    try:
        module.load_state_dict({**weights, **unfilled})
    except RuntimeError as error:
        why = ' '.join(str(error).split())[:200]
        raise RunError(f'the weights in {saved.path} do not fit its network ({why}); train again') from error
    about = saved.card['backbone']
    for name in ('mean', 'std'):
        if f'{BACKBONE}{name}' in saved.weights:
            continue  # learned; others come with pretrained weights and are not among them
        buffer = getattr(module.backbone, name)
        setattr(module.backbone, name, torch.tensor(about[name], dtype=buffer.dtype).view(-1, 1, 1))
    return module.eval()
