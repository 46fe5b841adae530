"""Which validators a run computes: the default ones, those that are named, or the default ones and more; and when."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pytorch_lightning as pl
from jsonargparse import ArgumentParser
from jsonargparse.typing import register_type
from pytorch_lightning.trainer.states import TrainerFn

from dann.core.errors import check
from dann.core.validator import Validator, default_validators
from dann.engine.passes import needed

PLUS = '+'
Dear = Literal['last', 'always', 'never']


@dataclass(frozen=True, slots=True)
class Added:
    """A validator that is computed in addition to the default ones.

    A configuration writes it as the validator's name behind a plus: ``+my_score.MyScore``, or, with options,
    ``{class_path: +my_score.MyScore, init_args: {...}}``.

    Args:
        validator: The validator.
        given: What the configuration says, which is what a saved configuration says again.
    """

    validator: Validator
    given: str | dict[str, Any] = ''


def read_added(given: Any) -> Added:
    """Build the validator that a configuration adds.

    Args:
        given: A name behind a plus, or a mapping whose ``class_path`` is one.

    Raises:
        ValueError: There is no plus; the entry is then an ordinary validator.
    """
    name = given.get('class_path') if isinstance(given, dict) else given
    if not isinstance(name, str) or not name.startswith(PLUS):
        msg = f'expected a name behind a plus, got {name!r}; write +my_score.MyScore'
        raise ValueError(msg)
    path = name.removeprefix(PLUS)
    parser = ArgumentParser(exit_on_error=False)
    parser.add_subclass_arguments(Validator, 'validator')
    config = parser.parse_object(
        {'validator': given | {'class_path': path} if isinstance(given, dict) else path}
    )
    with warnings.catch_warnings():
        warnings.simplefilter(
            'ignore', DeprecationWarning
        )  # what follows it is younger than our lowest version
        return Added(parser.instantiate_classes(config).validator, given)


def write_added(added: Added) -> str | dict[str, Any]:
    """Return what ``read_added`` would make ``added`` of."""
    kind = type(added.validator)
    return added.given or f'{PLUS}{kind.__module__}.{kind.__qualname__}'


register_type(Added, serializer=write_added, deserializer=read_added)


def chosen(given: Sequence[object] | None) -> list[Validator]:
    """Return the validators of a run.

    Args:
        given: ``None`` for the default ones. Else validators, which are computed alone, unless one of them is added
            (``Added``, or a string such as ``+my_score.MyScore``): the default ones then come first, but for those
            whose ``name`` is that of a given one.

    Raises:
        ValueError: An entry is no validator, or two have one name.
        UserError: A validator needs a pass that there is not.
    """
    if given is None:
        return default_validators()
    entries = [read_added(each) if isinstance(each, str) else each for each in given]
    validators = [_validator(each) for each in entries]
    names = [validator.name for validator in validators]
    twice = sorted({name for name in names if names.count(name) > 1})
    check(not twice, f'expected validators of different names, got {twice} twice; leave one out')
    if any(isinstance(each, Added) for each in entries):
        validators = [each for each in default_validators() if each.name not in names] + validators
    needed(validators)
    return validators


def _validator(entry: object) -> Validator:
    found = entry.validator if isinstance(entry, Added) else entry
    check(isinstance(found, Validator), f'expected a validator, got {found!r}; derive it from dann.Validator')
    assert isinstance(found, Validator)
    return found


def due(validators: Sequence[Validator], dear: Dear, trainer: pl.Trainer) -> list[Validator]:
    """Return the validators to compute at the evaluation that a trainer has just made.

    Cheap ones always are. So are dear ones that a callback monitors, and, unless ``dear`` is ``never``, all of them
    where nothing is trained, as under ``dann test``.

    Args:
        validators: Of the run.
        dear: When to compute the dear ones: at the ``last`` planned evaluation of training, ``always`` or ``never``.
        trainer: At the end of an evaluation.
    """
    monitored = {getattr(callback, 'monitor', None) for callback in trainer.callbacks}  # type: ignore[attr-defined]
    everything = dear == 'always' or (dear == 'last' and _is_last(trainer))
    return [
        each for each in validators if each.cost == 'cheap' or everything or f'val/{each.name}' in monitored
    ]


def _is_last(trainer: pl.Trainer) -> bool:
    """Whether no further evaluation is planned: always so outside training."""
    if trainer.state.fn != TrainerFn.FITTING:
        return True
    every, epochs = trainer.check_val_every_n_epoch or 1, trainer.max_epochs or 1
    planned = int(trainer.num_training_batches) * (epochs // every * every)
    taken = trainer.fit_loop.epoch_loop.total_batch_idx + 1
    return not trainer.sanity_checking and taken >= planned
