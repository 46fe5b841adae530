"""The options that a class takes, its own and those of its base."""

from __future__ import annotations

from typing import Any

from dann.core.signatures import constructor


class Base:
    def __init__(self, weight: float = 1.0, schedule: int = 0) -> None:
        """Take them."""


class Child(Base):
    def __init__(self, *, extra: bool = False, weight: float = 2.0, **kwargs: Any) -> None:
        super().__init__(weight=weight, **kwargs)


class Closed(Base):
    def __init__(self, alone: int) -> None:
        super().__init__()


def test_options_are_those_of_the_class_and_of_the_base_it_passes_them_to() -> None:
    assert [option.name for option in constructor(Base)] == ['weight', 'schedule']
    assert {option.name: option.default for option in constructor(Child)} == {
        'weight': 2.0,
        'schedule': 0,
        'extra': False,
    }
    assert [option.name for option in constructor(Closed)] == ['alone']
