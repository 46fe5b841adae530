"""The built-in benchmarks, as YAML, and how any configuration file is read."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from dann.core.errors import UserError, unknown


def names(room: str = '') -> list[str]:
    """Names of the built-in benchmarks, or of what is in a room beside them, such as ``recipes``."""
    found = files(__name__).joinpath(room).iterdir()
    return sorted(path.name.removesuffix('.yaml') for path in found if path.name.endswith('.yaml'))


def load(name: str) -> dict[str, Any]:
    """Return a built-in benchmark by its name, or the configuration in a YAML file.

    Raises:
        UserError: No such benchmark or file, or not a YAML mapping.
    """
    is_path = Path(name).suffix in ('.yaml', '.yml')
    if not is_path and name not in names():
        raise unknown('benchmark', name, [*names(), 'a path ending in .yaml', 'a folder of images'])
    try:
        text = Path(name).read_text() if is_path else files(__name__).joinpath(f'{name}.yaml').read_text()
    except OSError as error:
        raise UserError(f'cannot read {name} ({error.strerror}); check the path') from error
    return _parsed(name, text)


def load_recipe(name: str) -> dict[str, Any]:
    """Return the recipe of a paper by its name."""
    return _parsed(name, files(__name__).joinpath('recipes', f'{name}.yaml').read_text())


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError as error:
        where = ' '.join(str(error).split())
        raise UserError(f'{name} is not YAML ({where}); correct it there') from error
    if not isinstance(config, dict):
        raise UserError(f'{name} holds no mapping; write keys such as `model:` and `data:`')
    return config
