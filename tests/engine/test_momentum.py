"""The hint at the momentum of games is logged once, for games alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from training import fit, make, module

from dann.engine import momentum
from dann.engine.experiment import ExperimentCLI
from dann.engine.momentum import first_momentum, hint_at_momentum
from dann.methods.alignment.coral import CORAL
from dann.methods.alignment.dann import DANN
from dann.methods.alignment.together import Together


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    lines: list[str] = []
    monkeypatch.setattr(momentum._logger, 'warning', lines.append)
    momentum._log.cache_clear()
    yield lines
    momentum._log.cache_clear()


def optimizer(kind: str, **options: Any) -> torch.optim.Optimizer:
    made: torch.optim.Optimizer = getattr(torch.optim, kind)(
        [nn.Parameter(torch.zeros(1))], lr=0.01, **options
    )
    return made


@pytest.mark.parametrize(
    ('kind', 'options', 'expected'),
    [
        ('SGD', {'momentum': 0.9}, 0.9),
        ('SGD', {}, 0.0),
        ('Adam', {'betas': (0.5, 0.999)}, 0.5),
        ('Adam', {}, 0.9),
        ('RMSprop', {}, 0.0),
        ('Adagrad', {}, 0.0),
    ],
)
def test_first_momentum(kind: str, options: dict[str, Any], expected: float) -> None:
    assert first_momentum(optimizer(kind, **options)) == expected


def test_a_game_with_much_momentum_is_named_once(said: list[str]) -> None:
    for _ in range(3):
        hint_at_momentum(nn.ModuleList([Together([CORAL(), DANN()])]), optimizer('SGD', momentum=0.9))
    [line] = said
    assert line.startswith(
        'DANN is a game of two players, for which a momentum of at most 0.5 is recommended'
    )
    assert 'has 0.9' in line


def test_nothing_is_said_of_little_momentum_or_of_other_methods(said: list[str]) -> None:
    hint_at_momentum(nn.ModuleList([DANN()]), optimizer('Adam', betas=(0.5, 0.999)))
    hint_at_momentum(nn.ModuleList([CORAL()]), optimizer('SGD', momentum=0.9))
    assert said == []


def test_a_run_says_it_with_the_default_optimiser(said: list[str]) -> None:
    fit(module(make('DANN')), epochs=1)
    assert len(said) == 1


def test_the_hint_can_be_typed_as_it_stands(said: list[str]) -> None:
    hint_at_momentum(nn.ModuleList([DANN()]), optimizer('SGD', momentum=0.9))
    options = said[0].partition('Compare ')[2].split()
    arguments = ['--model', 'AdaptationModule', *options, '--model.backbone', 'LeNet']
    toys = ['--data.source', 'RenderedDigits', '--data.target', 'HandwrittenDigits']
    found = ExperimentCLI([*arguments, *toys], run=False).config
    assert found['model']['init_args']['optimizer']['init_args']['betas'] == (0.5, 0.999)
