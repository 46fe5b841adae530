"""The file of a sweep, and that `dann fit` takes every command line that its agents can type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from searching import asked

from dann.core.errors import UserError
from dann.core.search_space import Categorical, Float, Int
from dann.engine.experiment import ExperimentCLI
from dann.search.space import space
from dann.search.sweep import _parameter, write_sweep


def written(folder: Path, row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    write_sweep(asked({'x': row}, **changes), folder / 'new' / 'x.yaml')
    found: dict[str, Any] = yaml.safe_load((folder / 'new' / 'x.yaml').read_text())
    return found


def test_a_sweep_optimises_an_unsupervised_score(tmp_path: Path) -> None:
    found = written(tmp_path, {'alignment': 'DANN'}, rule='val/snd+guard', sampler='tpe', trials=7)
    assert found['metric'] == {'name': 'val/snd', 'goal': 'maximize'}
    assert (found['method'], found['run_cap']) == ('bayes', 7)
    assert written(tmp_path, {'alignment': 'DANN'})['method'] == 'random'
    with pytest.raises(UserError, match='reads target labels'):
        asked(rule='oracle/target_val_accuracy')


@pytest.mark.parametrize(
    ('where', 'expected'),
    [
        (Float(0.0, 2.0), {'distribution': 'uniform', 'min': 0.0, 'max': 2.0}),
        (Float(0.1, 10, log=True), {'distribution': 'log_uniform_values', 'min': 0.1, 'max': 10.0}),
        (Int(1, 4), {'distribution': 'int_uniform', 'min': 1, 'max': 4}),
        (Int(1, 256, log=True), {'values': [1, 2, 4, 8, 16, 32, 64, 128, 256]}),
        (Int(1, 3, log=True), {'values': [1, 2, 3]}),
        (Categorical(('none', 1, 0.5, True)), {'values': ['none', 1, 0.5, 'true']}),
        (Categorical(([], ['a', 'b'], (8, 8))), {'values': ['[]', '["a", "b"]', '[8, 8]']}),
    ],
)
def test_ranges_are_those_of_wandb(where: Any, expected: dict[str, Any]) -> None:
    assert _parameter(where) == expected


ROWS: dict[str, dict[str, Any]] = {
    'alignment': {'alignment': 'CDAN'},
    'with options': {'alignment': {'class_path': 'CORAL', 'init_args': {'weight': 2.0}}},
    'logarithmic': {'alignment': 'SlicedWasserstein'},
    'training and style': {'class_path': 'MCD', 'style': 'FDA'},
    'null': {'alignment': 'AFN'},
}


@pytest.mark.parametrize('name', ROWS)
@pytest.mark.parametrize('end', [0, -1])
def test_fit_takes_the_ends_of_every_range(name: str, end: int, tmp_path: Path) -> None:
    row = ROWS[name]
    found = written(tmp_path, row)
    ranges = {
        flag: where.get('values') or [where['min'], where['max']]
        for flag, where in found['parameters'].items()
    }
    command = found['command']
    assert command[:3] == ['dann', 'fit', '--config']
    assert command[4:] == ['--logger+=wandb', '${args}']
    args = [f'--{flag}={values[end]}' for flag, values in ranges.items()]
    cli = ExperimentCLI(['--config', command[3], *args, '--trainer.logger', 'false'], run=False)
    assert cli.config['seed_everything'] == 1000
    assert cli.trainer.max_epochs == 4
    set_to = cli.config['model']['init_args']
    for option in space(row):
        part, _, key = option.rpartition('.')
        typed = ranges[
            f'model.init_args.{key}' if part == 'model' else f'model.init_args.{part}.init_args.{key}'
        ]
        value = set_to[key] if part == 'model' else set_to[part]['init_args'][key]
        assert value == (yaml.safe_load(typed[end]) if isinstance(typed[end], str) else typed[end]), option
    if name == 'with options':
        assert set_to['alignment']['init_args']['weight'] == 2.0


def test_the_command_is_one_for_a_shell_and_null_is_among_the_values(tmp_path: Path) -> None:
    said = write_sweep(asked({'x': ROWS['null']}), tmp_path / 'x y.yaml')
    assert said == f"wandb sweep '{tmp_path}/x y.yaml'"
    parameters = yaml.safe_load((tmp_path / 'x y.yaml').read_text())['parameters']
    assert 'null' in parameters['model.init_args.alignment.init_args.radius']['values']


@pytest.mark.parametrize(
    ('rows', 'words'),
    [
        (
            {'a': {}, 'dann': {'alignment': 'DANN'}},
            'over one row, got 2; name it with --methods, for example dann',
        ),
        ({'source_only': {}}, 'source_only has nothing to search'),
        (
            {
                'both': {
                    'alignment': {'class_path': 'Together', 'init_args': {'alignments': ['DANN', 'CORAL']}}
                }
            },
            'both is a sum.*without --sweep',
        ),
    ],
)
def test_rows_that_make_no_sweep(rows: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        write_sweep(asked(rows), tmp_path / 'x.yaml')
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.raises(UserError, match=r'cannot write .*name a file in a folder you can write'):
        write_sweep(asked({'x': {'alignment': 'DANN'}}), tmp_path / 'file' / 'x.yaml')
