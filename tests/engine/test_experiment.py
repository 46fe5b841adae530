"""One run from its typed configuration: what is filled in, and how mistakes are answered."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harness import configuration
from pytorch_lightning.loggers import CSVLogger, WandbLogger
from training import module

from dann.core.errors import UserError
from dann.engine.callbacks import Reproducible
from dann.engine.evaluation import Evaluator
from dann.engine.experiment import ExperimentCLI
from dann.engine.samples import SampleSheet


def given(**options: Any) -> dict[str, Any]:
    """A configuration with model options."""
    whole = configuration()
    model = whole['model'] | {'init_args': whole['model']['init_args'] | options}
    return {'model': model, 'data': whole['data'], 'trainer': {'logger': False}}


def made(config: dict[str, Any]) -> ExperimentCLI:
    return ExperimentCLI(config, run=False)


def test_parts_learn_from_each_other_and_the_evaluator_is_always_there() -> None:
    config = given() | {'seed_everything': 7}
    before = deepcopy(config)
    cli = made(config)
    assert config == before  # the parser would write into it
    assert cli.model.network.head[-1].out_features == 3
    assert cli.datamodule.seed == 7
    kinds = {type(callback) for callback in cli.trainer.callbacks}  # type: ignore[attr-defined]
    assert {Reproducible, Evaluator} <= kinds
    assert SampleSheet not in kinds
    assert [each.name for each in cli.model.validators] == [
        each.name for each in module(validators=None).validators
    ]


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'alignment': 'DAN'}, r"unknown class 'DAN'; did you mean '\w+'\?"),
        ({'alignmnt': 'DANN'}, "unknown option 'alignmnt'; did you mean 'alignment'"),
        (
            {'backbone': 'torch.nn.Linear'},
            r'torch\.nn\.Linear is no Backbone; derive the class from dann\.Backbone',
        ),
        (
            {'backbone': 'nowhere.Net'},
            r"cannot import nowhere\.Net \(No module named 'nowhere'\); correct it",
        ),
        (
            {'backbone': 'mapping.Maps'},
            r'Maps gives \(2, 4, 6, 6\) of samples \(2, 3, 8, 8\), not pooled',
        ),
        (
            {'alignment': {'class_path': 'DANN', 'init_args': {'weight': -1.0}}},
            '`weight` of at least 0, got -1',
        ),
    ],
)
def test_mistakes_are_one_line_with_the_nearest_known_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        made(given(**options))
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('seed', 'bound'), [(-3, 'least 0'), (2**32, 'most 4,294,967,295'), (10**30, 'most 4,294,967,295')]
)
def test_a_seed_that_no_generator_takes_is_refused(seed: int, bound: str) -> None:
    with pytest.raises(UserError, match=f'expected `seed_everything` of at {bound}, got {seed}'):
        made(given() | {'seed_everything': seed})


@pytest.mark.parametrize('devices', [2, 10**30, '1' + '0' * 30])
def test_several_devices_are_refused_before_they_are_listed(devices: int | str) -> None:
    with pytest.raises(UserError, match=r'pass --trainer\.devices 1'):
        made(given() | {'trainer': {'devices': devices}})


def test_a_run_logs_into_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('pytorch_lightning.Trainer.fit', lambda *_, **__: None)
    config = given()
    del config['trainer']['logger']
    cli = ExperimentCLI({'subcommand': 'fit', 'fit': config})
    assert isinstance(cli.trainer.logger, CSVLogger)
    assert Path(cli.trainer.logger.log_dir) == Path('runs/fit/000')


def test_a_run_of_wandb_ends_with_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished: list[str] = []

    class Noted(WandbLogger):
        def __init__(self, run: str, **_: Any) -> None:
            self.own = SimpleNamespace(finish=lambda: finished.append(run))

        @property
        def experiment(self) -> Any:
            return self.own

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('dann.engine.loggers.WandbLogger', Noted)
    monkeypatch.setattr('pytorch_lightning.Trainer.fit', lambda *_, **__: None)
    config = given()
    del config['trainer']['logger']
    ExperimentCLI({'subcommand': 'fit', 'fit': config | {'logger': ['wandb']}})
    assert finished == ['000']
    theirs = Noted('of the user')  # that the configuration brings: who began it ends it
    ExperimentCLI({'subcommand': 'fit', 'fit': given()}).trainer.loggers.append(theirs)
    assert finished == ['000']


def test_a_logger_that_cannot_start_stops_the_run_before_it_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WANDB_MODE', 'sideways')
    config = given() | {'logger': ['wandb']}
    del config['trainer']['logger']
    with pytest.raises(UserError, match='expected WANDB_MODE to be one of'):
        ExperimentCLI({'subcommand': 'fit', 'fit': config})
    assert not list(tmp_path.iterdir())


def backbone(model: str = 'AdaptationModule', **options: Any) -> Any:
    """The backbone of a module on the toy pair, whose images have 8 pixels."""
    small = {'channels': [8], 'kernels': [3], 'pools': [2]}
    made = {'class_path': 'ConvNet', 'init_args': small | options}
    sides = {side: {'class_path': 'toy.Toy', 'init_args': {'domain': side[0]}} for side in ('a', 'b')}
    config = {
        'model': {'class_path': model, 'init_args': {'backbone': made, 'bottleneck': 6}},
        'data': {'source': sides['a'], 'target': sides['b'], 'batch_size': 8},
        'trainer': {'logger': False},
    }
    return ExperimentCLI(config, run=False).model.network.backbone


@pytest.mark.parametrize('model', ['AdaptationModule', 'MCD'])
@pytest.mark.parametrize('options', [{}, {'image_size': 8}])
def test_a_backbone_has_the_size_of_the_data(model: str, options: dict[str, Any]) -> None:
    assert backbone(model, **options).image_shape == (3, 8, 8)


def test_a_size_that_disagrees_with_the_data_is_one_line_with_the_next_step() -> None:
    with pytest.raises(UserError) as caught:
        backbone(image_size=9)
    said = str(caught.value)
    assert said.startswith('expected images of shape (3, 9, 9) by the `image_size` and `in_channels`')
    assert said.endswith('got (3, 8, 8); leave `image_size` out to take that of the data')
