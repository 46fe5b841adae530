"""What has moved, or has another name, since an earlier version is refused by an error that says where it is."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import configuration

from dann.cli import main
from dann.core import moved, registry, search_space
from dann.core.errors import UserError
from dann.engine.catalogue import resolve

IN_THE_PACKAGE = {before: now for before, now in moved.MODULES.items() if now.startswith('dann.')}
TRAINING = "unknown alignment 'CAN'; it is now a training class: write `class_path: CAN` for `alignment: CAN`"
OPTION = "unknown option 'batching'; it is now `batch_norm`, an option under `model: init_args:`"


@pytest.mark.parametrize('before', sorted(moved.MODULES))
def test_the_import_of_a_module_that_has_moved_names_the_new_place(before: str) -> None:
    parent = before.rpartition('.')[0]
    if parent in moved.MODULES:  # whose own error comes first
        before = parent
    with pytest.raises(ModuleNotFoundError, match=rf'^{before} has moved to {moved.MODULES[before]}; '):
        importlib.import_module(before)


@pytest.mark.parametrize('now', sorted(set(IN_THE_PACKAGE.values())))
def test_the_new_place_is_there(now: str) -> None:
    assert find_spec(now) is not None


@pytest.mark.parametrize('name', ['dann.nowhere', 'dann.core.nowhere', 'no_such_package'])
def test_what_never_was_is_missing_as_ever(name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=rf"^No module named '{name}'$"):
        importlib.import_module(name)


def test_the_finder_is_asked_last_and_stands_there_once_and_imports_nothing() -> None:
    code = (
        'import sys, dann; from dann.core.moved import MovedModules, install; install();'
        'print(*[type(each).__name__ for each in sys.meta_path][-1:],'
        ' sum(isinstance(each, MovedModules) for each in sys.meta_path), "torch" in sys.modules)'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ['MovedModules', '1', 'False']


@pytest.mark.parametrize(
    ('path', 'now'),
    [
        ('dann.schedules.Sigmoid', 'dann.core.schedules.Sigmoid'),
        ('dann.methods.alignment.kernels.mmd', 'dann.functional.kernels.mmd'),
        ('dann.datasets.signs.beings.draw', 'dann.datasets.rendered.signs.beings.draw'),
        ('dann.schedules', 'dann.core.schedules'),
        ('dann.schedulesque.X', ''),
        ('dann.core.schedules.Sigmoid', ''),
        ('my.dann.schedules', ''),
    ],
)
def test_the_place_of_a_class_is_that_of_its_module(path: str, now: str) -> None:
    assert moved.place(path) == now


@pytest.mark.parametrize(
    ('module', 'name', 'now'),
    [
        (search_space, 'Range', 'Float, or Int for whole numbers'),
        (search_space, 'Choice', 'Categorical'),
        (registry, 'members', 'registered'),
        (registry, 'import_room', 'import_package'),
    ],
)
def test_a_renamed_class_or_function_names_its_new_name(module: Any, name: str, now: str) -> None:
    said = rf'{module.__name__}\.{name} is now {now}; change the name'
    with pytest.raises(ImportError, match=said):
        getattr(module, name)
    with pytest.raises(ImportError, match=said):
        exec(f'from {module.__name__} import {name}')
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = module.Nothing


def toy(**options: Any) -> dict[str, Any]:
    """A benchmark with further options of the model."""
    config = configuration(seeds=1)
    config['model']['init_args'] |= options
    return config


@pytest.mark.parametrize(
    ('config', 'said'),
    [
        (toy(batching='separate'), OPTION),
        (configuration(batching='separate'), OPTION.replace('option', 'key', 1)),
        (configuration(methods={'x': {'batching': 'separate'}}), OPTION),
        (configuration(methods={'x': {'class_path': 'MCD', 'init_args': {'batching': 'joint'}}}), OPTION),
        (configuration(methods={'x': {'alignment': 'CAN'}}), TRAINING),
        (
            configuration(methods={'x': {'alignment': {'class_path': 'CAN', 'init_args': {'weight': 0.5}}}}),
            TRAINING,
        ),
        (
            configuration(
                methods={
                    'x': {
                        'alignment': {'class_path': 'Together', 'init_args': {'alignments': ['CAN', 'DANN']}}
                    }
                }
            ),
            TRAINING,
        ),
        (
            toy(lr_schedule={'class_path': 'dann.schedules.Constant'}),
            'dann.schedules.Constant has moved to dann.core.schedules.Constant; name it there',
        ),
        (
            configuration(methods={'x': {'alignment': 'dann.methods.alignment.base.Loss'}}),
            'dann.methods.alignment.base has moved to dann.core.alignment; name it there',
        ),
    ],
)
def test_a_benchmark_of_an_earlier_version(
    config: dict[str, Any], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'old.yaml').write_text(yaml.safe_dump(config))
    assert main(['benchmark', str(tmp_path / 'old.yaml'), '--out', str(tmp_path / 'out')]) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    assert said in error


def saved(**options: Any) -> dict[str, Any]:
    """The configuration that a run has saved, with further options of the model."""
    config = toy(**options)
    return {'seed_everything': 0, 'trainer': {'max_epochs': 1}} | {
        key: config[key] for key in ('model', 'data')
    }


@pytest.mark.parametrize(
    'arguments',
    [
        ['--config', 'saved.yaml'],
        ['--config', 'benchmark.yaml'],
        ['--config', 'sim-to-real', '--model.batching', 'joint'],
    ],
)
def test_a_run_of_an_earlier_version(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'saved.yaml').write_text(yaml.safe_dump(saved(batching='joint')))
    (tmp_path / 'benchmark.yaml').write_text(yaml.safe_dump(toy(batching='joint')))
    assert main(['fit', *arguments]) == 2
    assert capsys.readouterr().err == f'dann: {OPTION}\n'


def test_a_saved_class_that_has_moved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = saved()
    config['model']['class_path'] = 'dann.module.AdaptationModule'
    (tmp_path / 'config.yaml').write_text(yaml.safe_dump(config))
    assert main(['fit', '--config', str(tmp_path / 'config.yaml')]) == 2
    said = 'dann.module.AdaptationModule has moved to dann.engine.module.AdaptationModule; name it there'
    assert capsys.readouterr().err == f'dann: {said}\n'


def test_a_run_whose_alignment_is_a_training_class_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'config.yaml').write_text(yaml.safe_dump(saved(alignment='CAN')))
    assert main(['fit', '--config', str(tmp_path / 'config.yaml')]) == 2
    assert capsys.readouterr().err == f'dann: {TRAINING}\n'


def test_a_class_is_resolved_at_its_new_place_alone() -> None:
    with pytest.raises(UserError, match=r'dann\.networks\.batching has moved to dann\.networks\.batch_norm'):
        resolve('backbone', 'dann.networks.batching.Net')
