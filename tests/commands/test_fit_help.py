"""The short help names options that there are, with the defaults that they have, in lines that a terminal holds."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from harness import configuration

from dann.commands.fit_help import WIDTH, Option, options, short_help
from dann.core.signatures import constructor
from dann.datasets.pair import DomainPair
from dann.engine.experiment import ExperimentCLI
from dann.engine.module import AdaptationModule

COMMANDS = ('fit', 'validate', 'test')
WORDS = {
    'none': ('none', None),
    'by the data': (None,),
    'SGD': (),
    'AdaptationModule': (),
    '32-true': (None,),
}


@pytest.mark.parametrize('command', COMMANDS)
def test_a_terminal_holds_every_line(command: str) -> None:
    lines = short_help(command).splitlines()
    assert max(map(len, lines)) <= WIDTH == 80
    assert lines[0] == f'usage: dann {command} --config NAME [options]'
    assert len(lines) < 70
    for option in options(command):
        assert sum(line.startswith(f'  {option.flag} ') for line in lines) == 1


def listed() -> list[Option]:
    return list(dict.fromkeys(option for command in COMMANDS for option in options(command)))


def known() -> dict[str, Any]:
    """Every option by name, with its default."""
    config = configuration()
    given = {key: config[key] for key in ('model', 'data')} | {'trainer': {'logger': False}}
    parser = ExperimentCLI(given, run=False).parser
    found = {action.dest: action.default for action in parser._actions}
    for prefix, kind in (('model', AdaptationModule), ('data', DomainPair)):
        found |= {f'{prefix}.{option.name}': option.default for option in constructor(kind)}
    return found


def test_there_is_every_option_with_its_default() -> None:
    there = known()
    of_command = ('ckpt_path', 'find-lr', 'model.alignment.OPTION', 'model.optimizer.lr')
    for option in (each for each in listed() if each.name not in of_command):
        assert option.name in there, option.name
        default = there[option.name]
        if option.default and option.default in WORDS:
            assert default in WORDS[option.default] or not WORDS[option.default], option.name
        elif option.default:
            assert str(default) == option.default, option.name
        else:
            assert default in (None, [], inspect.Parameter.empty), option.name


def test_the_rate_named_is_that_of_the_default_optimiser() -> None:
    [rate] = [option.default for option in listed() if option.name == 'model.optimizer.lr']
    config = configuration()
    given = {key: config[key] for key in ('model', 'data')} | {'trainer': {'logger': False}}
    model = ExperimentCLI(given, run=False).model
    assert str(model.optimizer([{'params': list(model.parameters())}]).defaults['lr']) == rate
