"""YAML files that hold plain values: text, numbers, lists and mappings with text as keys, in UTF-8."""

from __future__ import annotations

from typing import Any

import yaml

from dann.core.text_files import TextError

MERGE = 'tag:yaml.org,2002:merge'  # the key `<<`, whose keys a mapping may set anew
MOST_VALUES, DEEPEST = 200_000, 60


class YamlError(TextError):
    """What is wrong with a text, in words that follow its name: ``is not YAML (...); correct it there``."""


def plain(text: str) -> Any:
    """Return what a YAML text holds. A date stays the text that it is written as.

    Raises:
        YamlError: The text is not YAML, has a key twice or one that is no text, names a type of Python, contains
            itself, or is nested or repeated without measure.
    """
    try:
        value = yaml.load(text, _Loader)
        _check(value, [MOST_VALUES], 0)
    except yaml.YAMLError as error:
        raise YamlError(f'is not YAML ({" ".join(str(error).split())[:300]}); correct it there') from error
    except RecursionError as error:
        raise YamlError(_TOO_DEEP) from error
    except ValueError as error:  # of a number such as 0x, or of more digits than Python reads
        raise YamlError(f'is not YAML ({" ".join(str(error).split())[:300]}); correct it there') from error
    return value


_TOO_DEEP = f'is nested more than {DEEPEST} deep, or contains itself; write it flat'


def _check(value: Any, left: list[int], depth: int) -> None:
    """Raise where values are too many or too deep, counted as if every alias were written out."""
    left[0] -= 1
    if left[0] < 0:
        raise YamlError(f'holds more than {MOST_VALUES:,} values with its aliases written out; write fewer')
    if depth > DEEPEST:
        raise YamlError(_TOO_DEEP)
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                raise YamlError(f'has the key {str(key)[:40]}, which YAML reads as no text; put it in quotes')
            _check(each, left, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _check(each, left, depth + 1)


class _Loader(yaml.SafeLoader):
    """Reads JSON's types alone, and refuses what YAML forbids and PyYAML reads: a key twice in one mapping."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Return the node of a mapping, unless two of its keys are written alike."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        lines: dict[tuple[str, Any], int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == MERGE:
                continue
            line, written = key.start_mark.line + 1, (key.tag, key.value)
            if written in lines:
                raise YamlError(
                    f'has the key `{key.value}` twice, on lines {lines[written]} and {line}; keep one of them'
                )
            lines[written] = line
        return node


_OF_JSON = ('null', 'bool', 'int', 'float', 'str', 'seq', 'map')
_Loader.yaml_constructors = {
    tag: make
    for tag, make in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.rpartition(':')[2] in _OF_JSON
}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in each if not tag.endswith(':timestamp')]
    for first, each in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
