"""A file's keys as the fields of a dataclass: how each is read and checked, and where it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import yaml
from jsonargparse import ArgumentError, ArgumentParser
from jsonargparse.typing import NonNegativeInt, PositiveInt

from dann.core.errors import UserError, unknown

WORDS: dict[Any, str] = {
    PositiveInt: 'a whole number above 0',
    NonNegativeInt: 'a whole number from 0',
    int: 'a whole number',
    float: 'a number',
    bool: 'true or false',
    str: 'text',
    dict: 'a mapping',
    list: 'a list',
}


@dataclass(frozen=True, slots=True)
class Key:
    """What to do with a key beyond its name, type and default. A field without one has these defaults.

    Args:
        written: Type of the value in a file, where the field has another.
        words: What the value must be, for messages; told by the type where this is empty.
        remedy: What to do about a value of another type, for messages.
        convert: Makes the field's value from the value in the file.
        check: Raises ``UserError`` for a value of the right type that makes no sense.
        in_file: Whether a file may hold the key.
        in_suite: Whether a suite may set the key for all its benchmarks.
        merged: Whether a suite's mapping is merged into the benchmark's instead of replacing it.
        recorded: Property that is recorded in place of the field, under its own name.
        always: Record the key even while it has its default. Others are left out then, so that what was recorded
            before the key existed compares equal.
        in_protocol: Whether the rows of a table must have the value in common.
        prints: Returns the key's fields of a fingerprint; by default one field, named as the key.
        in_report: Whether a report lists the key with the protocol.
    """

    written: Any = None
    words: str = ''
    remedy: str = ''
    convert: Callable[[Any], Any] | None = None
    check: Callable[[Any], None] | None = None
    in_file: bool = True
    in_suite: bool = True
    merged: bool = False
    recorded: str = ''
    always: bool = False
    in_protocol: bool = True
    prints: Callable[[Any], dict[str, str]] | None = None
    in_report: bool = True


def key(**about: Any) -> dict[str, Key]:
    """Return the metadata of a dataclass field: a ``Key`` of the options ``about``."""
    return {'key': Key(**about)}


def keys(kind: Any) -> Iterator[tuple[Field[Any], Key]]:
    """Yield the fields of a dataclass, or of an instance of one, each with its ``Key``."""
    for each in fields(kind):
        yield each, each.metadata.get('key', Key())


def names(kind: Any, *having: str) -> list[str]:
    """Return the fields whose ``Key`` has every flag in ``having``, by name."""
    return [each.name for each, about in keys(kind) if all(getattr(about, flag) for flag in having)]


def recorded(plan: Any, *having: str) -> dict[str, Any]:
    """Return what is recorded of the keys that have every flag in ``having``: names and values."""
    return {
        about.recorded or each.name: getattr(plan, about.recorded or each.name)
        for each, about in keys(plan)
        if all(getattr(about, flag) for flag in having) and (about.always or not _is_default(plan, each))
    }


def printed(plan: Any) -> dict[str, str]:
    """Return the fields of a fingerprint that the keys of a plan make: names and short texts."""
    found: dict[str, str] = {}
    for each, about in keys(plan):
        if about.in_protocol:
            value = getattr(plan, about.recorded or each.name)
            unset = not about.always and _is_default(plan, each)
            found |= about.prints(value) if about.prints else {each.name: flow(None if unset else value)}
    return found


def read(
    kind: Any, name: str, config: Mapping[str, Any], *, inside: str = '', also: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the values that a configuration gives to a dataclass's fields, checked.

    Args:
        kind: The dataclass.
        name: What to call the configuration in a message.
        config: Contents of a file, or of a section of one.
        inside: Begins the names of keys in messages, for example ``search: ``.
        also: Further names to suggest for an unknown key.

    Raises:
        UserError: An unknown or missing key, or a value of another type.
    """
    hints, known = get_type_hints(kind), names(kind, 'in_file')
    check_known(config, known, inside=inside, also=also)
    values: dict[str, Any] = {}
    for each, about in keys(kind):
        if each.name in config or (each.name in known and not _has_default(each)):
            given, hint = config.get(each.name), about.written or hints[each.name]
            if _is_mapping(hint) and not given and not _has_default(each):
                raise UserError(
                    f'{name} has no `{each.name}:` section; see `dann list benchmarks --show sim-to-real`'
                )
            value = checked(f'{inside}{each.name}', hint, given, words=about.words, remedy=about.remedy)
            if about.check:
                about.check(value)
            values[each.name] = about.convert(value) if about.convert else value
    return values


def check_known(
    config: Mapping[str, Any], known: Iterable[str], *, inside: str = '', also: Iterable[str] = ()
) -> None:
    """Raise ``UserError`` for the first key of a configuration that is not one of ``known``."""
    known = list(known)
    for given in config:
        if given not in known:
            raise unknown('key', f'{inside}{given}', [f'{inside}{each}' for each in (*known, *also)])


def flow(value: Any) -> str:
    """Return a value as one line of YAML with sorted keys; ``default`` for ``None`` and an empty mapping."""
    if value is None or value == {}:
        return 'default'
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=True, width=10**6)
    return text.removesuffix('\n').removesuffix('\n...')


def checked(label: str, hint: Any, value: Any, *, words: str = '', remedy: str = '') -> Any:
    """Return a value as its type has it, or raise ``UserError``.

    A mapping is returned as given: the parser would read numbers out of its texts. One that a dataclass describes is
    checked key by key; empty, or ``None``, it is an empty mapping, as any other.

    Args:
        label: What to call the value in a message.
        hint: The type, as jsonargparse takes it.
        value: The value.
        words: What the value must be; told by the type where this is empty.
        remedy: What to do about another value.
    """
    if _is_mapping(hint):
        value = {} if value is None else value
    try:
        parsed = _parsed(hint, value)
    except (ArgumentError, ValueError) as error:
        what = words or _words(hint)
        remedy = remedy or ('write keys and values below it' if _is_mapping(hint) else '')
        raise UserError(
            f'expected `{label}` to be {what}, got {value!r}{"; " * bool(remedy)}{remedy}'
        ) from error
    if is_dataclass(hint) and value:
        read(hint, label, value, inside=f'{label}: ')
    return value if _is_mapping(hint) else parsed


def _parsed(hint: Any, value: Any) -> Any:
    """Return a value as jsonargparse reads it, which raises ``ArgumentError`` for another type."""
    if value is None:  # the parser would take `key:` alone for any type
        if type(None) in get_args(hint):
            return None
        raise ValueError
    parser = ArgumentParser(exit_on_error=False)
    # with the type of values left open, the parser would import the classes that are named in them
    parser.add_argument('--value', type=dict if is_dataclass(hint) or Any in get_args(hint) else hint)
    return _plain(parser.parse_object({'value': deepcopy(value)}).value)


def _plain(value: Any) -> Any:
    """Return numbers as YAML can write them: those of a restricted type are of a class of their own."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    kind = next((kind for kind in (bool, int, float) if isinstance(value, kind)), None)
    return kind(value) if kind else value


def _is_mapping(hint: Any) -> bool:
    return is_dataclass(hint) or (get_origin(hint) or hint) is dict


def _words(hint: Any) -> str:
    kind = dict if _is_mapping(hint) else get_origin(hint) or hint
    return WORDS.get(kind) or str(getattr(hint, '__name__', hint))


def _has_default(each: Field[Any]) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING


def _is_default(plan: Any, each: Field[Any]) -> bool:
    default = each.default if each.default_factory is MISSING else each.default_factory()
    return bool(getattr(plan, each.name) == default)
