"""The built-in benchmarks and recipes, as YAML, and how any configuration file is read."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from dann.core.errors import UserError, unknown
from dann.core.plain_yaml import plain
from dann.core.text_files import TextError, read_text


def names(folder: str = '') -> list[str]:
    """Return the names of the built-in benchmarks, or of the files in a folder next to them, such as ``recipes``."""
    found = files(__name__).joinpath(folder).iterdir()
    return sorted(path.name.removesuffix('.yaml') for path in found if path.name.endswith('.yaml'))


def load(name: str) -> dict[str, Any]:
    """Return a built-in benchmark by its name, or the configuration in a YAML file.

    Raises:
        UserError: No such benchmark or file, not a YAML mapping, or a key that stands there twice.
    """
    is_path = Path(name).suffix in ('.yaml', '.yml')
    if not is_path and name not in names():
        hint = unknown('benchmark', name, [*names(), 'a path ending in .yaml', 'a folder of images'])
        raise UserError(f'{hint} (and there is no file or folder {name})')
    try:
        return parsed(name, read_text(Path(name)) if is_path else _built_in(f'{name}.yaml'))
    except OSError as error:
        raise UserError(f'cannot read {name} ({error.strerror}); check the path') from error
    except TextError as error:
        raise UserError(f'{name} {error}') from error


def load_recipe(name: str) -> dict[str, Any]:
    """Return the recipe of a paper by its name."""
    return parsed(name, _built_in('recipes', f'{name}.yaml'))


def _built_in(*names: str) -> str:
    return files(__name__).joinpath(*names).read_text(encoding='utf-8')


def parsed(name: str, text: str) -> dict[str, Any]:
    """Return the mapping that a YAML text holds.

    Args:
        name: What to call the text in a message.
        text: The contents of a file.

    Raises:
        UserError: The text is not YAML, holds no mapping, or has a key twice in one mapping.
    """
    try:
        config = plain(text)
    except TextError as error:
        raise UserError(f'{name} {error}') from error
    if not isinstance(config, dict):
        raise UserError(f'{name} holds no mapping; write keys such as `model:` and `data:`')
    return config
