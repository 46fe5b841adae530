"""The built-in benchmarks and recipes, as YAML, and how any configuration file is read."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from dann.core.errors import UserError, unknown

MERGE = 'tag:yaml.org,2002:merge'  # the key `<<`, whose keys a mapping may set anew


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
        text = Path(name).read_text() if is_path else files(__name__).joinpath(f'{name}.yaml').read_text()
    except OSError as error:
        raise UserError(f'cannot read {name} ({error.strerror}); check the path') from error
    return parsed(name, text)


def load_recipe(name: str) -> dict[str, Any]:
    """Return the recipe of a paper by its name."""
    return parsed(name, files(__name__).joinpath('recipes', f'{name}.yaml').read_text())


def parsed(name: str, text: str) -> dict[str, Any]:
    """Return the mapping that a YAML text holds.

    Args:
        name: What to call the text in a message.
        text: The contents of a file.

    Raises:
        UserError: The text is not YAML, holds no mapping, or has a key twice in one mapping.
    """
    try:
        config = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        where = ' '.join(str(error).split())
        raise UserError(f'{name} is not YAML ({where}); correct it there') from error
    except _DuplicateError as error:
        raise UserError(f'{name} {error}; keep one of them') from error
    if not isinstance(config, dict):
        raise UserError(f'{name} holds no mapping; write keys such as `model:` and `data:`')
    return config


class _DuplicateError(Exception):
    """A mapping has a key twice."""


class _Loader(yaml.SafeLoader):
    """Refuses what YAML forbids and PyYAML reads, the last value in silence: a key twice in one mapping."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Return the node of a mapping, unless two of its keys are written alike."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        lines: dict[tuple[str, Any], int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == MERGE:
                continue
            line, written = key.start_mark.line + 1, (key.tag, key.value)
            if written in lines:
                raise _DuplicateError(
                    f'has the key `{key.value}` twice, on lines {lines[written]} and {line}'
                )
            lines[written] = line
        return node
