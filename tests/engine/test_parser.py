"""What is wrong in a configuration is said in one line, from the innermost part, with the nearest known name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness import configuration

from dann.core.errors import UserError
from dann.engine.experiment import ExperimentCLI
from dann.engine.parser import Parser, innermost, refusal

OWN = """
from toy import Toy
from dann import Alignment, Backbone

class Open(Backbone):
    pass

class Even(Alignment):
    family = 'moments'

    def __init__(self, power: int = 2) -> None:
        super().__init__()
        if power % 2:
            raise ValueError('the power must be even')

    def forward(self, source, target, strength):
        return {}

class One(Toy):
    classes = ('red',)
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'parsed_own.py').write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)


def said(**options: Any) -> str:
    """What is answered to options of the model."""
    whole = configuration()
    given = whole['model']['init_args'] | options
    config = {
        'model': whole['model'] | {'init_args': given},
        'data': whole['data'],
        'trainer': {'logger': False},
    }
    with pytest.raises(UserError) as caught:
        ExperimentCLI(config, run=False)
    assert '\n' not in str(caught.value)
    assert 'Union' not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ('options', 'answer'),
    [
        (
            {'backbone': 'parsed_own.Open'},
            'parsed_own.Open lacks `extract`; write what its base class leaves open',
        ),
        (
            {'backbone': 'parsed_own.Nope'},
            "cannot import parsed_own.Nope (module 'parsed_own' has no attribute 'Nope'); correct it, or run from the "
            'folder that holds it',
        ),
        (
            {'alignment': {'class_path': 'parsed_own.Even', 'init_args': {'power': 3}}},
            'the power must be even',
        ),
        (
            {'alignment': {'init_args': {'weight': 2}}},
            "expected the name of a class derived from Alignment, got {'init_args': {'weight': 2}}; write `class_path: "
            'NAME`',
        ),
        ({'head': 'x'}, 'expected `head` to be a list, got x; see `dann fit --help`'),
        ({'backbone_lr_scale': -1}, 'expected `backbone_lr_scale` of at least 0, got -1.0'),
        ({'lr_schedule': 'Sigmod'}, "unknown class 'Sigmod'; did you mean 'Sigmoid'?"),
        ({'optimizer': 'Adamm'}, "unknown class 'Adamm'; did you mean 'Adam'?"),
        (
            {'optimizer': 'torch.optim.Adamm'},
            "cannot import torch.optim.Adamm (module 'torch.optim' has no attribute 'Adamm'); correct it, or run from "
            'the folder that holds it',
        ),
        (
            {'alignment': {'class_path': 'Together', 'init_args': {'alignments': ['DANN', 'COREL']}}},
            "unknown class 'COREL'; did you mean 'CORAL'?",
        ),
        (
            {'alignment': {'class_path': 'DANN', 'init_args': {'wieght': 1}}},
            "unknown option 'wieght'; did you mean 'weight'?",
        ),
        (
            {'backbone': 'timm:resnet18'},
            '`timm:resnet18` is for `dann benchmark`; write --model.backbone Timm --model.backbone.name resnet18',
        ),
    ],
)
@pytest.mark.usefixtures('own')
def test_the_innermost_reason_is_the_answer(options: dict[str, Any], answer: str) -> None:
    assert said(**options) == answer


@pytest.mark.usefixtures('own')
def test_a_class_of_another_kind_is_not_offered() -> None:
    config = configuration()
    data = config['data'] | {'source': 'Handwriting'}
    with pytest.raises(UserError, match="unknown class 'Handwriting'; did you mean 'HandwrittenDigits'"):
        ExperimentCLI({'model': config['model'], 'data': data}, run=False)
    domains = {
        side: {'class_path': 'parsed_own.One', 'init_args': {'domain': side[0]}} for side in ('a', 'b')
    }
    data = {'source': domains['a'], 'target': domains['b']}
    with pytest.raises(UserError, match='of at least 2, got 1; add samples of another class') as caught:
        ExperimentCLI({'model': config['model'], 'data': data}, run=False)
    assert str(caught.value).startswith('expected `num_classes`')


def test_a_misspelt_option_at_the_top_is_compared_with_all() -> None:
    parser = Parser()
    parser.add_argument('--data.source')
    with pytest.raises(UserError, match=r"unknown option 'data.soruce'; did you mean 'data.source'\?"):
        parser.parse_args(['--data.soruce', 'x'])
    commands, fit = Parser(), Parser()
    fit.add_argument('--data.batch_size', type=int)
    commands.add_subcommands().add_subcommand('fit', fit)
    with pytest.raises(UserError, match=r"unknown option 'data.batchsize'; did you mean 'data.batch_size'\?"):
        commands.parse_object({'fit': {'data': {'batchsize': 3}}})
    with pytest.raises(UserError, match=r"unknown option 'dta.batch_size'; did you mean 'data.batch_size'\?"):
        commands.parse_args(['fit', '--dta.batch_size', '3'])


def test_what_a_part_said_is_found_below_what_the_parser_made_of_it() -> None:
    inner = UserError('no such\n  row; name one')
    outer = ValueError('Parser key "model": ...')
    outer.__cause__ = inner
    assert innermost(outer) == 'no such row; name one'
    assert innermost(ValueError('Expected a <class int>')) is None
    report = ValueError('Does not validate against any of the Union subtypes')
    report.__cause__ = ValueError('power is\n2')
    assert refusal(report) == 'power is 2'


def test_null_reaches_an_option_of_a_class_within_a_class() -> None:
    config = configuration()
    for null in ('null', 'None'):
        cli = ExperimentCLI(
            [
                *(f'--model={config["model"]["class_path"]}', f'--data={json.dumps(config["data"])}'),
                *(
                    f'--model.{key}={json.dumps(value)}'
                    for key, value in config['model']['init_args'].items()
                ),
                *('--model.alignment=AFN', f'--model.alignment.radius={null}', '--trainer.logger=false'),
            ],
            run=False,
        )
        assert cli.config['model']['init_args']['alignment']['init_args']['radius'] is None
