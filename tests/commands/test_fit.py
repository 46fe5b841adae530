"""``dann fit`` and its kin: one model, from a benchmark's configuration or one of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from harness import assert_refused, configuration, dann, write
from wandb_file import kept

from dann.benchmarks.plan.grid import benchmark
from dann.commands import fit
from dann.commands.fit import experiment_arguments, help_text, rendered_help

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--config', 'catalogue'], ['catalogue lists benchmarks', "name one of ['day-to-night-scratch', "]),
        (['--config', 'sim-to-rea'], ["did you mean 'sim-to-real'?"]),
        (['--config', 'sim-to-real', '--model.alignment', 'DAN'], ["unknown class 'DAN'", "'DANN'"]),
        (
            ['--config', 'sim-to-real', '--model.alignmnt', 'DANN'],
            ["unknown option 'alignmnt'", 'alignment'],
        ),
        (
            ['--config', 'sim-to-real', '--model.freeze', 'some'],
            [
                "expected `freeze` to be 'none', 'all' or a whole number from 0, got some; see `dann fit --help`"
            ],
        ),
        (['--config', 'sim-to-real', '--model.bottleneck', '-3'], ['expected `bottleneck` above 0, got -3']),
        (['--config', 'sim-to-real', '--seed_everything=-1'], ['`seed_everything` of at least 0']),
    ],
)
def test_bad_requests(run: Run, arguments: list[str], words: list[str]) -> None:
    assert_refused(run('fit', *arguments), *words)


@pytest.mark.parametrize('command', ['validate', 'test'])
def test_an_untrained_network_is_not_scored(
    run: Run, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = write(tmp_path)
    assert_refused(
        run(command, '--config', str(config)), f'`dann {command}` needs a trained network', '--ckpt_path'
    )
    said = run(command, '--config', str(config), '--ckpt_path', 'nope.ckpt')
    assert_refused(said, 'there is no checkpoint nope.ckpt', 'runs/fit/*/checkpoints')
    (tmp_path / 'text.ckpt').write_text('no checkpoint')
    assert_refused(
        run(command, '--config', str(config), '--ckpt_path', 'text.ckpt'), 'text.ckpt is no checkpoint'
    )


@pytest.mark.parametrize(
    ('alignment', 'option', 'known'),
    [
        ({'class_path': 'DANN', 'init_args': {'weigth': 2}}, 'weigth', 'weight'),
        (
            {
                'class_path': 'DANN',
                'init_args': {'schedule': {'class_path': 'Sigmoid', 'init_args': {'gama': 2}}},
            },
            'gama',
            'gamma',
        ),
    ],
)
def test_a_misspelt_option_is_compared_with_those_of_its_class(
    run: Run, tmp_path: Path, alignment: dict[str, Any], option: str, known: str
) -> None:
    config = benchmark('toy', configuration()).shared(0)
    config['model']['init_args']['alignment'] = alignment
    path = tmp_path / 'config.yaml'
    path.write_text(yaml.safe_dump(config))
    assert_refused(
        run('fit', '--config', str(path)), f"unknown option '{option}'", f"did you mean '{known}'?"
    )


@pytest.mark.parametrize('written', [['--config', '{}'], ['-c', '{}'], ['--config={}']])
def test_a_benchmark_stands_for_what_its_rows_share(written: list[str], tmp_path: Path) -> None:
    path = tmp_path / 'toy.yaml'
    path.write_text(yaml.safe_dump(configuration()))
    before = ['fit', '--model.alignment', 'DANN']
    found = experiment_arguments([*before, *(each.format(path) for each in written)])
    text = found[-1].removeprefix('--config=')
    assert found[:3] == before
    assert yaml.safe_load(text) == benchmark('toy', configuration()).shared(0)
    assert 'methods' not in yaml.safe_load(text)


def test_the_configuration_of_a_run_is_taken_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / 'config.yaml'
    path.write_text(yaml.safe_dump({'seed_everything': 3, 'model': {}, 'data': {}, 'trainer': {}}))
    assert experiment_arguments(['fit', '--config', str(path)]) == ['fit', '--config', str(path)]


def test_the_rate_is_tested_and_nothing_is_trained(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'toy.yaml'
    path.write_text(yaml.safe_dump(configuration()))
    monkeypatch.setattr('pytorch_lightning.Trainer.fit', lambda *_, **__: pytest.fail('it trains'))
    monkeypatch.setattr('dann.commands.fit.PICTURE', tmp_path / 'runs' / 'find-lr.png')
    status, printed, _ = run('fit', '--config', str(path), '--find-lr', '--model.alignment', 'DANN')
    assert status == 0
    assert printed.splitlines()[0] == 'lr       source loss'
    assert 'suggested lr: ' in printed
    assert f'Curve: {tmp_path / "runs" / "find-lr.png"}' in printed
    assert (tmp_path / 'runs' / 'find-lr.png').read_bytes().startswith(b'\x89PNG')
    assert [each.name for each in tmp_path.iterdir() if each.is_dir()] == ['runs']
    said = run('fit', '--config', str(path), '--model', 'MCD', '--find-lr')
    assert_refused(said, 'MCD has several optimisers', 'test the rate of source-only')


@pytest.mark.slow
def test_fit_with_a_loss_that_the_user_wrote(tmp_path: Path) -> None:
    (tmp_path / 'my_loss.py').write_text(
        'from dann import Alignment\n'
        'class MyLoss(Alignment):\n'
        '    def forward(self, source, target, strength):\n'
        '        gap = source.features.mean(0) - target.features.mean(0)\n'
        '        return {"mean": strength * gap.square().sum()}\n'
    )
    options = [
        '--model.alignment',
        'my_loss.MyLoss',
        '--data.steps_per_epoch',
        '4',
        '--trainer.max_epochs',
        '1',
    ]
    call = dann('fit', '--config', 'sim-to-real-scratch', *options, cwd=tmp_path)
    assert call.returncode == 0, call.stderr
    assert 'oracle/target_test_accuracy' in call.stdout
    said = re.search(r'^Use it: +dann (predict \S+) IMAGES$', call.stdout, re.MULTILINE)
    assert said
    left = tmp_path / 'runs' / 'fit' / '000'
    assert 'loss/mean' in (left / 'metrics.csv').read_text()
    assert yaml.safe_load((left / 'config.yaml').read_text())['model']['init_args']['alignment']['class_path']

    (tmp_path / 'my_loss.py').unlink()  # which nobody needs to use the network
    np.save(tmp_path / 'new.npy', np.zeros((5, 28, 28, 3), np.uint8))
    call = dann(*said[1].split(), 'new.npy', cwd=tmp_path)
    assert call.returncode == 0, call.stderr
    rows = (tmp_path / 'predictions.csv').read_text().splitlines()
    assert rows[0] == 'path,class,confidence,0,1,2,3,4,5,6,7,8,9'
    assert [row.split(',')[0] for row in rows[1:]] == [f'new.npy[{row}]' for row in range(5)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ['new.npy', 'predictions.csv', 'runs']


RUN = {'trainer': {'max_epochs': 2, 'enable_progress_bar': False, 'enable_model_summary': False}}


@pytest.fixture
def configured(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """The configuration of a short run, from whose folder the command is called."""
    monkeypatch.chdir(tmp_path)
    shared = benchmark('toy', configuration()).shared(0)
    (tmp_path / 'run.yaml').write_text(yaml.safe_dump(shared | RUN))
    return 'run.yaml'


def test_a_run_goes_on_with_its_own_configuration_alone(run: Run, configured: str, tmp_path: Path) -> None:
    assert run('fit', '--config', configured)[0] == 0
    last = 'runs/fit/000/checkpoints/last.ckpt'
    again = ('fit', '--config', configured, '--ckpt_path', last)
    assert_refused(
        run(*again, '--trainer.max_epochs', '3', '--model.optimizer.lr', '0.5'),
        '`model.optimizer.lr` 0.01, now 0.5',
    )
    assert_refused(run(*again), 'trained for 2 epochs already', '--trainer.max_epochs 3', status=0)
    assert_refused(run(*again[:-1], 'last'), 'every run has a folder of its own')
    assert not (tmp_path / 'runs/fit/001').exists()
    status, out, err = run(
        'fit', '--config', 'runs/fit/000/config.yaml', '--ckpt_path', last, '--trainer.max_epochs=3'
    )
    assert (status, err) == (0, '')
    assert 'runs/fit/001' in out

    status, out, err = run('test', '--config', configured, '--ckpt_path', last)
    assert (status, err) == (0, '')
    assert out.startswith('Target accuracy: ')
    assert out.count('oracle/target_test_accuracy') == 1


def test_a_request_that_lightning_refuses_leaves_no_folder(run: Run, configured: str, tmp_path: Path) -> None:
    stop = ('--trainer.callbacks+=EarlyStopping', '--trainer.callbacks.monitor=val/infomx')
    assert_refused(run('fit', '--config', configured, *stop), "did you mean 'val/infomax'?")
    assert_refused(run('fit', '--config', configured, '--model.optimizer.lr=-1'), 'Invalid learning rate: -1')
    assert_refused(run('fit', '--config', configured, '--trainer.devices=3'), 'pass --trainer.devices 1')
    assert not list(tmp_path.glob('runs/fit/*'))


def test_an_interrupted_run_names_the_checkpoint_that_goes_on(run: Run, configured: str) -> None:
    heeded = signal.getsignal(signal.SIGINT)
    stop = ('--trainer.callbacks+=watching.Interrupt', '--trainer.callbacks.step')
    try:
        status, _, err = run('fit', '--config', configured, *stop, '7')
        early, _, said = run('fit', '--config', configured, *stop, '2')
    finally:
        signal.signal(signal.SIGINT, heeded)  # which Lightning ignores from then on
    assert (status, early) == (130, 130)
    assert 'no checkpoint was written yet' in said
    named = re.search(r'interrupted; (\S+) is of its last evaluation; to go on: dann (.+)$', err)
    assert named
    assert Path(named[1]).is_file()
    assert run(*named[2].split(), '--trainer.callbacks', 'null')[0] == 0


def test_sigterm_ends_a_run_as_ctrl_c_does(run: Run, configured: str) -> None:
    heeded = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    stop = ('--trainer.callbacks+=watching.Terminate', '--trainer.callbacks.step', '7')
    try:
        status, _, err = run('fit', '--config', configured, *stop)
    finally:
        signal.signal(signal.SIGINT, heeded[0])
    assert status == 143
    assert re.search(r'terminated; \S+ is of its last evaluation; to go on: dann .+$', err)
    assert signal.getsignal(signal.SIGTERM) == heeded[1]


AS_PRINTED = """
import sys
from dann.engine.experiment import ExperimentCLI
sys.argv[0] = 'dann'
ExperimentCLI(['validate', '--help'])
"""
KEPT = """
import sys
from dann.cli import main
sys.argv[0] = 'dann'
for _ in range(2):
    assert main(['validate', '--help-all']) == 0
assert ('torch' in sys.modules) is (sys.argv[1] == 'first')
"""


SHORT = """
import sys
from dann.cli import main
for arguments in (['fit', '--help'], ['fit', '--config', 'sim-to-real', '-h']):
    assert main(arguments) == 0
assert 'torch' not in sys.modules
"""


def test_the_short_help_needs_no_torch() -> None:
    done = subprocess.run([sys.executable, '-c', SHORT], capture_output=True, text=True, check=True)
    assert done.stdout.count('usage: dann fit --config NAME [options]') == 2
    assert '--help-all' in done.stdout


@pytest.mark.slow
def test_a_kept_help_is_the_help(tmp_path: Path) -> None:
    def printed(code: str, *arguments: str) -> str:
        call = [sys.executable, '-c', code, *arguments]
        environment = os.environ | {'DANN_CACHE': str(tmp_path), 'COLUMNS': '90'}
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    fresh = printed(AS_PRINTED)
    assert '--model' in fresh
    assert printed(KEPT, 'first') == fresh * 2
    assert printed(KEPT, 'second') == fresh * 2


def test_a_help_is_kept_for_one_command_and_one_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path))
    monkeypatch.setenv('COLUMNS', '90')
    rendered: list[str] = []

    def render(command: str) -> str:
        rendered.append(command)
        return str(len(rendered))

    monkeypatch.setattr(fit, 'rendered_help', render)
    assert [help_text('fit'), help_text('test'), help_text('fit')] == ['1', '2', '1']
    monkeypatch.setenv('COLUMNS', '100')
    assert help_text('fit') == '3'
    monkeypatch.setenv('NO_COLOR', '1')
    assert help_text('fit') == '4'
    monkeypatch.setattr(sys, 'argv', ['another', 'fit', '--help'])
    assert help_text('fit') == '5'
    monkeypatch.setattr(sys.stdout, 'isatty', lambda: True)
    assert help_text('fit') == '6'


def test_a_help_that_fails_is_no_help(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(arguments: list[str]) -> None:
        raise SystemExit(3)

    monkeypatch.setattr('dann.engine.experiment.ExperimentCLI', fail)
    with pytest.raises(SystemExit):
        rendered_help('fit')


@pytest.mark.slow
def test_two_runs_in_one_process_are_two_runs_of_wandb(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / 'toy.yaml'
    shared.write_text(yaml.safe_dump(benchmark('toy', configuration()).shared(0)))
    monkeypatch.setenv('WANDB_DIR', str(tmp_path))
    monkeypatch.setenv('WANDB_SILENT', 'true')
    monkeypatch.syspath_prepend(str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    for method in ('CORAL', 'DANN'):
        assert run('fit', '--config', str(shared), '--logger+=wandb', '--model.alignment', method)[0] == 0
    import_module('wandb').teardown()  # as a process does at its end
    runs = [kept(path) for path in sorted(tmp_path.glob('wandb/offline-run-*/*.wandb'))]
    assert [each.exit_code for each in runs] == [0, 0]
    names = [each.config['model']['init_args']['alignment']['class_path'].rpartition('.')[2] for each in runs]
    assert sorted(names) == ['CORAL', 'DANN']
    for each in runs:
        steps: dict[int, set[str]] = {}
        for row in each.history.values():
            steps.setdefault(row['trainer/global_step'], set()).update(row)
        assert [*steps] == [5, 10, 15, 20]
        for found in steps.values():
            assert {'loss/source', 'val/infomax', 'oracle/target_test_accuracy'} <= found
