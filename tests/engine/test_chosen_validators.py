"""Which validators a run computes, from a configuration, a command line and Python."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import yaml
from harness import configuration
from training import fit, module, pair

from dann.benchmarks.plan.grid import benchmark
from dann.core.errors import UserError
from dann.core.validator import Validator, default_validators
from dann.core.views import View
from dann.engine.chosen_validators import Added, Dear, chosen, read_added, write_added
from dann.engine.experiment import ExperimentCLI
from dann.validators.bnm import BNM
from dann.validators.mmd import MMD
from dann.validators.snd import SND

MODULE = """
from dann import Validator

class MyScore(Validator):
    name = 'my_score'

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def score(self, source, target):
        return self.factor * float(target.probabilities.amax(dim=1).mean())
"""
ALL = [rule.name for rule in default_validators()]


@pytest.fixture(autouse=True)
def _my_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A validator of the user's, in a module of the folder that the command is called in."""
    (tmp_path / 'my_score.py').write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop('my_score', None)


class Confidence(Validator):
    """A validator that is no class of the package."""

    name = 'confidence'

    def score(self, source: View, target: View) -> float:
        return float(target.probabilities.amax(dim=1).mean())


def names(validators: list[Validator]) -> list[str]:
    return [validator.name for validator in validators]


def config(validators: Any) -> dict[str, Any]:
    whole = configuration()
    model = whole['model'] | {'init_args': whole['model']['init_args'] | {'validators': validators}}
    return {'model': model, 'data': whole['data'], 'trainer': {'logger': False}}


def built(validators: Any) -> Any:
    return ExperimentCLI(config(validators), run=False).model


def test_without_a_list_the_default_ones_are_computed() -> None:
    assert (
        names(chosen(None))
        == names(module(validators=None).validators)
        == names(built(None).validators)
        == ALL
    )


def test_a_list_names_those_that_are_computed() -> None:
    assert chosen([]) == []
    assert names(built(['BNM', 'my_score.MyScore']).validators) == ['bnm', 'my_score']


@pytest.mark.parametrize(
    ('given', 'factor'),
    [
        ('+my_score.MyScore', 2.0),
        ({'class_path': '+my_score.MyScore'}, 2.0),
        ({'class_path': '+my_score.MyScore', 'init_args': {'factor': 3}}, 3.0),
    ],
)
def test_a_plus_adds_to_the_default_ones(given: Any, factor: float) -> None:
    found = built([given]).validators
    assert names(found) == [*ALL, 'my_score']
    assert found[-1].factor == factor


def test_python_adds_an_instance_or_a_name() -> None:
    assert names(chosen([Added(Confidence())])) == [*ALL, 'confidence']
    assert names(chosen(['+my_score.MyScore', Added(Confidence())])) == [*ALL, 'my_score', 'confidence']
    assert names(chosen(['+my_score.MyScore', Confidence()])) == [*ALL, 'my_score', 'confidence']


def test_an_added_one_takes_the_place_of_its_namesake() -> None:
    found = built([{'class_path': '+MMD', 'init_args': {'most': 7}}]).validators
    assert sorted(names(found)) == sorted(ALL)
    (own,) = (rule for rule in found if isinstance(rule, MMD))
    assert own.most == 7


def test_an_expensive_one_stays_out_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SND, 'default', False)
    assert names(chosen(None)) == [name for name in ALL if name != 'snd']
    assert names(built(['+BNM']).validators).count('snd') == 0
    assert names(built(['+SND']).validators)[-1] == 'snd'
    assert names(built(['SND']).validators) == ['snd']


@pytest.mark.parametrize(
    'arguments', [['--model.validators', '[+my_score.MyScore]'], ['--model.validators+=+my_score.MyScore']]
)
def test_the_command_line_adds(tmp_path: Path, arguments: list[str]) -> None:
    path = tmp_path / 'run.yaml'
    path.write_text(yaml.safe_dump(config(None)))
    found = ExperimentCLI(['--config', str(path), *arguments], run=False)
    assert names(found.model.validators) == [*ALL, 'my_score']


def test_the_command_line_appends_to_the_list_of_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / 'run.yaml'
    path.write_text(yaml.safe_dump(config(['BNM'])))
    found = ExperimentCLI(['--config', str(path), '--model.validators+=my_score.MyScore'], run=False)
    assert names(found.model.validators) == ['bnm', 'my_score']


def test_a_saved_configuration_adds_again(tmp_path: Path) -> None:
    given = {'class_path': '+my_score.MyScore', 'init_args': {'factor': 3}}
    path = tmp_path / 'run.yaml'
    path.write_text(yaml.safe_dump(config([given, '+BNM'])))
    first = ExperimentCLI(['--config', str(path)], run=False)
    path.write_text(first.parser.dump(first.config))
    second = ExperimentCLI(['--config', str(path)], run=False).model.validators
    assert names(second) == [name for name in ALL if name != 'bnm'] + ['my_score', 'bnm']
    assert second[-2].factor == 3


def test_what_is_added_in_python_is_written_by_its_class() -> None:
    assert write_added(Added(BNM())) == '+dann.validators.bnm.BNM'
    assert write_added(read_added('+BNM')) == '+BNM'


def test_a_benchmark_adds() -> None:
    whole = configuration()
    whole['model']['init_args']['validators'] = ['+my_score.MyScore']
    job = benchmark('own', whole).jobs()[0]
    trainer = job.config['trainer'] | {'logger': False}
    model = ExperimentCLI(job.config | {'trainer': trainer}, run=False).model
    assert names(model.validators) == [*ALL, 'my_score']


@pytest.mark.parametrize(
    ('given', 'message'),
    [
        (['+Entrpy'], r"unknown class 'Entrpy'; did you mean 'Entropy'\?"),
        (['Entrpy'], r"unknown class 'Entrpy'; did you mean 'Entropy'\?"),
        (['BNM', 'BNM'], r"validators of different names, got \['bnm'\] twice"),
    ],
)
def test_what_cannot_be_computed_is_named(given: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        built(given)


def test_a_name_without_a_plus_is_refused_in_python() -> None:
    with pytest.raises(ValueError, match=r"a name behind a plus, got 'my_score.MyScore'; write \+"):
        chosen(['my_score.MyScore'])
    with pytest.raises(ValueError, match='expected a validator, got 3'):
        chosen([3])


class Deep(Confidence):
    """The same at a price."""

    name = 'deep'
    cost = 'dear'


class Kept(pl.Callback):
    """The scores of every evaluation."""

    def __init__(self, monitor: str | None = None) -> None:
        self.monitor = monitor
        self.found: list[list[str]] = []

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module.scores, dict)
        self.found.append([name for name in pl_module.scores if name.startswith('val/')])


BOTH, CHEAP = ['val/confidence', 'val/deep'], ['val/confidence']


@pytest.mark.parametrize(
    ('when', 'expected'),
    [('last', [CHEAP, CHEAP, BOTH]), ('always', [BOTH] * 3), ('never', [CHEAP] * 3)],
)
def test_dear_validators_are_computed_when_they_are_asked_for(when: Dear, expected: list[list[str]]) -> None:
    kept = Kept()
    fit(module(validators=[Confidence(), Deep()], dear_validators=when), epochs=3, callbacks=[kept])
    assert kept.found == expected


def test_the_last_evaluation_is_the_last_that_is_planned() -> None:
    kept = Kept()
    every = {'check_val_every_n_epoch': 2}
    fit(module(validators=[Confidence(), Deep()]), epochs=5, callbacks=[kept], trainer=every)
    assert kept.found == [CHEAP, BOTH]


def test_a_score_that_a_callback_monitors_is_always_there() -> None:
    for when in ('last', 'never'):
        kept = Kept('val/deep')
        fit(module(validators=[Confidence(), Deep()], dear_validators=when), epochs=2, callbacks=[kept])
        assert kept.found == [BOTH, BOTH]


@pytest.mark.parametrize(('when', 'expected'), [('last', BOTH), ('never', CHEAP)])
def test_an_evaluation_outside_training_has_them_unless_they_are_off(when: Dear, expected: list[str]) -> None:
    model, kept = module(validators=[Confidence(), Deep()], dear_validators=when), Kept()
    off: dict[str, Any] = {'logger': False, 'enable_progress_bar': False, 'enable_model_summary': False}
    pl.Trainer(accelerator='cpu', callbacks=[kept], **off).validate(model, pair(), verbose=False)
    assert kept.found == [expected]


def test_another_time_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`dear_validators` to be one of \('last', .*, got 'first'"):
        module(dear_validators='first')
