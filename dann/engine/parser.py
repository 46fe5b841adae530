"""The parser of a run's configuration: what is wrong becomes one line, with the nearest known name."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, NoReturn

from pytorch_lightning.callbacks import Callback
from pytorch_lightning.cli import LightningArgumentParser
from torch.optim import Optimizer

from dann.core import moved
from dann.core.errors import CheckError, UserError, unknown
from dann.core.registry import registered
from dann.core.schedules import Schedule
from dann.engine.catalogue import REGISTRY
from dann.engine.parser_words import wrong_value

HELP = 'see `dann fit --help`'
KINDS = {'alignments': 'alignment', 'source': 'dataset', 'target': 'dataset', 'validators': 'validator'}
OTHERS: dict[str, type[Any]] = {
    'schedule': Schedule,
    'lr_schedule': Schedule,
    'callbacks': Callback,
    'optimizer': Optimizer,
}
IMPORTED = re.compile(
    r"class_path '([\w.]+)': (.+?)(?: - |$)|or a callable class: (.+?)\. Got value: ([\w.]+)"
)
ABSTRACT = re.compile(r'Expected an instantiatable class, but ([\w.]+) is abstract')
OTHER_KIND = re.compile(r'Import path ([\w.]+) does not correspond to a subclass of (\w+)')
UNKNOWN_CLASS = re.compile(r'dot import path string: ([\w.]+)(:\S+)?')
UNKNOWN_OPTION = re.compile(r"ption '([\w.]+)' is not accepted|does not accept option '([\w.]+)'")
UNRECOGNISED = re.compile(r'unrecognized arguments: --([\w.]+)')
NO_CLASS = re.compile(
    r'Not a valid subclass of (\w+)\b.*?(?:Given|Got) value: (.{1,60}?)(?: Subclass types|$)'
)


class Parser(LightningArgumentParser):
    """Raises what is wrong as a one-line ``UserError``, with the nearest known name."""

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, *others: Any, **options: Any
    ) -> Any:
        """Parse ``args``, in which ``None`` is ``null``: so the parser itself hands it to the class of an option."""
        given = sys.argv[1:] if args is None else args
        return super().parse_args([re.sub('=None$', '=null', each) for each in given], *others, **options)

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise ``message`` as a ``UserError``; where a part of the configuration was refused, what was said of it."""
        line = ' '.join(message.split())
        for path in re.findall(r"class_path '([\w.]+)'", line):
            if now := moved.place(path):
                raise UserError(f'{path} has moved to {now}; name it there') from ex
        if inner := innermost(ex):
            raise UserError(inner) from ex
        if wrong := UNKNOWN_OPTION.search(line) or UNRECOGNISED.search(line):
            name = next(each for each in wrong.groups() if each)
            raise _unknown_option(name, set(self._names())) from ex
        raise (_wrong_class(line) or UserError(f'{wrong_value(line) or line[:500]}; {HELP}')) from ex

    def _names(self) -> Iterator[str]:
        """Yield the options of this parser and of its commands."""
        for action in self._actions:
            if isinstance(action.choices, dict):
                for parser in action.choices.values():
                    yield from parser._names()
            elif action.dest != 'help':
                yield action.dest


def innermost(error: BaseException | None) -> str | None:
    """Return what is said of the part of a configuration that caused an error, one line; ``None`` for nothing.

    Args:
        error: Of the parser, whose message lists every alternative that was tried.
    """
    reason = None
    while error is not None and reason is None:
        reason = str(error) if isinstance(error, UserError | CheckError) else None
        error = error.__cause__ or error.__context__
    return None if reason is None else ' '.join(reason.split())


def refusal(error: BaseException) -> str:
    """Return what a class said that refused its arguments, one line, without the parser's list of what it tried."""
    report = ('Does not validate against', 'Parser key')
    while str(error).startswith(report) and (cause := error.__cause__ or error.__context__):
        error = cause
    return ' '.join(str(error).split())


def _unknown_option(name: str, known: set[str]) -> UserError:
    found = unknown('option', name, known)
    return (
        UserError(f'unknown option {name!r}; {HELP}') if len(known) > 30 and 'choose' in str(found) else found
    )


def _wrong_class(line: str) -> UserError | None:
    """Return what is wrong with the class that a line is about; ``None`` where that is something else."""
    if (wrong := UNKNOWN_CLASS.search(line)) and "<class 'float'>" not in line:  # or a tensor, by its name
        return _unknown_class(wrong[1], wrong[2], line)
    if wrong := ABSTRACT.search(line):
        return UserError(f'{wrong[1]} lacks {_open(wrong[1])}; write what its base class leaves open')
    if wrong := OTHER_KIND.search(line):
        return UserError(f'{wrong[1]} is no {wrong[2]}; {_derive(wrong[2])}')
    if wrong := IMPORTED.search(line):
        path, why = wrong[1] or wrong[4], wrong[2] or wrong[3]
        return UserError(f'cannot import {path} ({why}); correct it, or run from the folder that holds it')
    if wrong := NO_CLASS.search(line):
        return UserError(
            f'expected the name of a class derived from {wrong[1]}, got {wrong[2]}; write `class_path: NAME`'
        )
    return None


def _unknown_class(name: str, rest: str | None, line: str) -> UserError:
    """Return the error for a class that is not there, compared with those that its option takes."""
    short = {'timm': 'Timm', 'torchvision': 'Torchvision'}.get(name)
    if short and rest:
        return UserError(
            f'`{name}{rest}` is for `dann benchmark`; write --model.backbone {short} --model.backbone.name {rest[1:]}'
        )
    key = re.search(r'Parser key "(?:[\w.]+\.)?(\w+)"', line)
    option = KINDS.get(key[1], key[1]) if key else ''
    if option in REGISTRY:
        return unknown('class', name, registered(*REGISTRY[option]))
    if option in OTHERS:
        return unknown('class', name, {kind.__name__ for kind in _below(OTHERS[option])})
    return unknown(
        'class', name, {each for base, package in REGISTRY.values() for each in registered(base, package)}
    )


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    """Yield the public classes that are derived from one."""
    for each in kind.__subclasses__():
        if each.__name__[0] != '_':
            yield each
        yield from _below(each)


def _open(path: str) -> str:
    """Return the methods that an abstract class has not written."""
    module, _, name = path.rpartition('.')
    missing = getattr(getattr(import_module(module), name), '__abstractmethods__', ())
    return ', '.join(f'`{each}`' for each in sorted(missing))


def _derive(base: str) -> str:
    if base == 'Backbone':
        return 'derive the class from dann.Backbone and write `extract`, which may call any network'
    return f'name a class that is derived from {base}'
