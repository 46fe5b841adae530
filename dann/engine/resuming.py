"""A run that goes on from a checkpoint goes on with the configuration that it began with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dann.core.errors import NothingToDoError, UserError
from dann.core.plain_yaml import plain
from dann.core.shareable import shareable
from dann.core.text_files import TextError, read_text
from dann.core.torch_files import load

KEY = 'run'  # of the configuration in a checkpoint
COMPARED = ('seed_everything', 'model', 'data')
OF_TRAINER = ('precision', 'gradient_clip_val', 'gradient_clip_algorithm', 'check_val_every_n_epoch')
FREE = ('num_workers', 'validators', 'dear_validators')  # changes no step of the training
SHOWN = 4


def compared(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a run's configuration that decides what is trained, in plain values.

    Left out are the length of the run, loggers, callbacks, devices, and what is scored. Of absolute paths only the last
    name is kept: it is part of a checkpoint, which may be passed on, and the data may have moved.
    """
    trainer = config.get('trainer') or {}
    asked: dict[str, Any] = shareable(
        {key: config.get(key) for key in COMPARED}
        | {'trainer': {key: trainer.get(key) for key in OF_TRAINER}}
    )
    return asked


def check_resumed(path: str, config: Mapping[str, Any]) -> None:
    """Raise where a run cannot go on from a checkpoint as it is asked to.

    Args:
        path: The checkpoint, a file that ``dann fit`` or a trainer wrote.
        config: What is asked for, in plain values, as in ``config.yaml``.

    Raises:
        UserError: The checkpoint's run had another configuration.
        NothingToDoError: It has as many epochs as are asked for.
    """
    saved = load(path, map_location='meta')
    before = saved.get(KEY) or _beside(Path(path))
    different = list(_differences(shareable(before), compared(config))) if before else []
    if different:
        more = f' and {len(different) - SHOWN} more' if len(different) > SHOWN else ''
        raise UserError(
            f'the run of {path} had another configuration: {", ".join(different[:SHOWN])}{more}; go on with the '
            'config.yaml of its folder, or leave --ckpt_path out for a new run'
        )
    _check_length(path, saved, (config.get('trainer') or {}).get('max_epochs'))


def _check_length(path: str, saved: Mapping[str, Any], asked: int | None) -> None:
    # not `completed`: a checkpoint is saved before its epoch counts as such
    done = saved['loops']['fit_loop']['epoch_progress']['current']['processed'] if 'loops' in saved else 0
    if asked is not None and 0 <= asked <= done:
        raise NothingToDoError(
            f'{path} is trained for {done} epochs already, and {asked} are asked for; to go on pass '
            f'--trainer.max_epochs {done + 1} or more'
        )


def _beside(path: Path) -> dict[str, Any] | None:
    """Return the configuration beside a checkpoint of an earlier version, which has none inside."""
    written = path.parent.parent / 'config.yaml'
    if not written.is_file():
        return None
    try:
        return compared(plain(read_text(written)))
    except (OSError, TextError, AttributeError) as error:
        raise UserError(
            f'cannot read {written}, the configuration of the run of {path}; mend it, or begin a new run'
        ) from error


def _differences(before: Any, now: Any, key: str = '') -> Iterator[str]:
    """Yield the options that differ, each with its value before and now."""
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
        if before != now:
            yield f'`{key}` {_shown(before)}, now {_shown(now)}'
    elif before.get('class_path') != now.get('class_path'):
        yield f'`{key}` {_shown(before)}, now {_shown(now)}'
    else:
        # an option that only one of them has is of another version
        for name in (each for each in before if each in now and each not in FREE):
            inner = '.'.join(part for part in (key, name if name != 'init_args' else '') if part)
            if name != 'root' or not _moved(before[name], now[name]):
                yield from _differences(before[name], now[name], inner)


def _moved(before: object, now: object) -> bool:
    """Whether two folders of data may hold the same: one is where data lie by default, or both have one name."""
    return not (before and now) or Path(str(before)).name == Path(str(now)).name


def _shown(value: Any) -> str:
    named = value.get('class_path') if isinstance(value, Mapping) else None
    return str(named).rpartition('.')[2] if named else 'none' if value is None else str(value)
