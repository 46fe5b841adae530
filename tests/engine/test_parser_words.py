"""Values of another type, in plain words."""

from __future__ import annotations

import pytest

from dann.engine.parser_words import wrong_value

FREEZE = (
    'Parser key "freeze": Does not validate against any of the Union subtypes Subtypes: [typing.Literal[\'none\', '
    "'all'], <class 'jsonargparse.typing.NonNegativeInt'>] Errors: - Expected a typing.Literal['none', 'all'] - Not of "
    "type NonNegativeInt: invalid literal for int() with base 10: 'some' Given value type: <class 'str'> Given value: "
    'some'
)
EPOCHS = (
    'Parser key "trainer.max_epochs": Does not validate against any of the Union subtypes Subtypes: [<class \'int\'>, '
    "<class 'NoneType'>] Errors: - Expected a <class 'int'> - Expected a <class 'NoneType'> Given value type: <class "
    "'str'> Given value: abc"
)
STYLE = (
    'Parser key "style": - Expected a path but -1 either not accessible or invalid - Does not validate against any of '
    "the Union subtypes Subtypes: [<class 'dann.core.style.Style'>, <class 'NoneType'>] Errors: - Expected a dot "
    "import path string: -1 - Expected a <class 'NoneType'> Given value type: <class 'str'> Given value: -1"
)


@pytest.mark.parametrize(
    ('line', 'said'),
    [
        (FREEZE, "expected `freeze` to be 'none', 'all' or a whole number from 0, got some"),
        (EPOCHS, 'expected `trainer.max_epochs` to be a whole number or null, got abc'),
        (
            'Parser key "average": Expected a <class \'float\'>. Got value: x',
            'expected `average` to be a number, got x',
        ),
        (
            'Parser key "x": Expected a <class \'some.Kind\'>. Got value: 3',
            'expected `x` to be the name of a class derived from Kind, got 3',
        ),
        (
            "Parser key \"c\": Subtypes: [<class 'x.Callback'>, <class 'NoneType'>] Errors: - Expected a <class "
            "'list'> Given value type: <class 'int'> Given value: 3",
            'expected `c` to be the name of a class derived from Callback, a list or null, got 3',
        ),
        (STYLE, 'expected `style` to be the name of a class derived from Style or null, got -1'),
        (
            STYLE.replace('-1', ''),
            'expected `style` to be the name of a class derived from Style or null, got nothing',
        ),
        (
            'Parser key "backbone": - Expected a path but [ either not accessible or invalid - Expected a dot import '
            'path string: [',
            'expected `backbone` to be the name of a class, got [',
        ),
        (
            'Parser key "backbone": - Expected a path but .nan either not accessible or invalid - Unexpected import '
            'path format: .nan; see `dann fit --help`',
            'expected `backbone` to be the name of a class, got .nan',
        ),
        (
            'Parser key "data": Unable to load config \'x\' - Parser key "data": Unable to load config "x"',
            'expected `data` to be a file or a mapping of options, got x',
        ),
        (
            "Parser key \"lr\": Subtypes: [<class 'float'>, <class 'torch.Tensor'>] Given value type: <class 'dict'> "
            "Given value: {'class_path': 'os.system'}",
            "expected `lr` to be a number, got {'class_path': 'os.system'}",
        ),
        ('Key "x" is not expected', None),
    ],
)
def test_a_value_of_another_type_names_its_key_and_what_it_may_be(line: str, said: str | None) -> None:
    assert wrong_value(line) == said
