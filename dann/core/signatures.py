"""The options that a class takes."""

from __future__ import annotations

import inspect
from typing import Any


def constructor(kind: type[Any]) -> list[inspect.Parameter]:
    """Return the named options of a class's constructor, and those that it passes on to its base by ``**kwargs``.

    >>> class Base:
    ...     def __init__(self, weight=1.0): ...
    >>> class Child(Base):
    ...     def __init__(self, threshold, **kwargs): ...
    >>> [option.name for option in constructor(Child)]
    ['weight', 'threshold']
    """
    options: dict[str, inspect.Parameter] = {}
    for each in kind.__mro__:
        if '__init__' in vars(each):
            found = inspect.signature(vars(each)['__init__']).parameters.values()
            options = {option.name: option for option in found if option.name != 'self'} | options
            if not any(option.kind is option.VAR_KEYWORD for option in found):
                break
    return [option for option in options.values() if option.kind is not option.VAR_KEYWORD]
