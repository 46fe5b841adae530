"""Whatever is wrong with what a user typed or wrote, the answer is a line, not a traceback."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml
from benchmarks_fake import write_folder
from harness import configuration

from dann import cli
from dann.benchmarks.running import run as running

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.slow

# a command line of each command that would be carried out, but for what is made wrong in it
VALID = {
    'benchmark': ('toy.yaml', '--out', 'out'),
    'report': ('done',),
    'validators': ('done',),
    'search': ('toy.yaml', '--out', 'out'),
    'audit': ('toy.yaml',),
    'gap': ('toy.yaml',),
    'reproduce': ('dann-jmlr2016', '--out', 'out'),
    'list': ('methods',),
    'predict': ('model.ckpt', 'photo.png'),
    'export': ('model.ckpt',),
    'monitor': ('model.ckpt', 'photo.png', 'photo.png'),
}
POSSIBLE = (
    'steps',
    'workers',
    'seed',
)  # a thousand million is what a user may want, or comes to no more than the rest
# numbers that no part of a training can be
SIZES = (True, '', 0, -1, 1e308, float('nan'), float('inf'), 10**30, -(10**30))
TRAINING = (
    *('seed_everything', 'model', 'data', 'trainer'),
    *(
        'model.alignment',
        'model.backbone',
        'model.bottleneck',
        'model.head',
        'model.optimizer',
        'model.lr_schedule',
    ),
    *(
        'model.freeze',
        'model.backbone_lr_scale',
        'model.batch_norm',
        'model.average',
        'model.validators',
        'model.style',
    ),
    *(
        'model.alignment.weight',
        'model.optimizer.lr',
        'data.source',
        'data.target',
        'data.batch_size',
        'data.augment',
    ),
    *('data.num_workers', 'data.target_labels', 'trainer.max_steps', 'trainer.max_epochs', 'trainer.devices'),
    *(
        'trainer.accelerator',
        'trainer.precision',
        'trainer.logger',
        'trainer.callbacks',
        'trainer.val_check_interval',
    ),
    *(
        'trainer.accumulate_grad_batches',
        'trainer.gradient_clip_val',
        'trainer.limit_train_batches',
        'trainer.profiler',
    ),
    *(
        'trainer.log_every_n_steps',
        'trainer.default_root_dir',
        'trainer.enable_progress_bar',
        'trainer.strategy',
    ),
)
PLACES = (
    '',
    ' ',
    '.',
    'nowhere',
    'text.yaml',
    'image.png',
    'empty',
    '-',
    '~nobody/x',
    'a\nb',
    'ü' * 130,
    'done/jobs',
)
NUMBERS = (
    *('x', '', '0', '-1', '-7', 'nan', 'inf', '-inf', 'true', '1e308', '1e400', '0x10', '1,5', '1_0'),
    *('1' + '0' * 30, '9' * 400),
)


def actions(command: str) -> list[argparse.Action]:
    """The arguments of a command."""
    parser = cli._parser()
    choices = next(each.choices for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return [each for each in choices[command]._actions if each.dest != 'help']


def of_options() -> Iterator[tuple[str, ...]]:
    """Options that are misspelt, lack their value, or have another kind of value."""
    for command, valid in VALID.items():
        for action in actions(command):
            if not action.option_strings:
                continue
            option = action.option_strings[0]
            yield (command, *valid, f'{option[:3]}x{option[3:]}', 'x')
            if action.nargs == 0:
                yield (command, *valid, f'{option}=x')
                continue
            yield (command, *valid, option)
            if action.choices:
                yield (command, *valid, option, 'nonsense')
            if action.type in (int, float):
                yield from ((command, *valid, option, value) for value in NUMBERS)
                if action.dest not in POSSIBLE:
                    yield (command, *valid, option, '1000000000')


def of_places() -> Iterator[tuple[str, ...]]:
    """Files and folders that are not what they should be, for the first argument."""
    for command, (_, *rest) in VALID.items():
        yield from ((command, place, *rest) for place in PLACES)
    yield from (('data', 'check', place) for place in PLACES)
    yield from (('predict', 'model.ckpt', place) for place in PLACES)


def of_configurations() -> Iterator[dict[str, Any]]:
    """The toy benchmark with one key changed, whatever to."""
    others = (None, -1, 1e99, 'x', [None], {'class_path': 'os.system'})
    for key in configuration():
        yield from (configuration(**{key: value}) for value in others)
    for key in (
        'backbone',
        'bottleneck',
        'optimizer',
        'lr_schedule',
        'batch_norm',
        'alignment',
        'validators',
        'head',
    ):
        for value in others:
            changed = configuration()
            changed['model']['init_args'][key] = value
            yield changed
    for key in ('source', 'target', 'batch_size', 'augment', 'views', 'x'):
        for value in others:
            changed = configuration()
            changed['data'][key] = value
            yield changed


def of_training() -> Iterator[tuple[str, ...]]:
    """Options of ``fit`` with a value of another kind or size, as words after the configuration."""
    values = (
        'x',
        '',
        '0',
        '-1',
        '1e99',
        '1e308',
        'true',
        '1' + '0' * 30,
        'null',
        'nan',
        '.nan',
        '.inf',
        '[1, x]',
        '{class_path: os.system}',
        '{a: {b: [}',
    )
    for option in TRAINING:
        yield from (('fit', '--config', 'toy.yaml', f'--{option}={value}') for value in values)
        yield ('fit', '--config', 'toy.yaml', f'--{option}x=1')
    for command in ('fit', 'validate', 'test'):
        for place in PLACES:
            yield (command, '--config', place)
            yield (command, '--config', 'toy.yaml', f'--ckpt_path={place}')
        yield (command, '--config')
        yield (command, '--nonsense')


def of_sizes() -> Iterator[dict[str, Any]]:
    """The toy benchmark with one number in it that nothing can be counted to."""
    for value in SIZES:
        for key in ('steps', 'evaluations', 'seeds'):
            yield configuration(**{key: value})
            yield configuration(**{key: [value]})
        for key in ('batch_size', 'num_workers', 'workers', 'size'):
            changed = configuration()
            changed['data'][key] = value
            yield changed
        for key in ('size', 'side', 'seed', 'val'):
            changed = configuration()
            changed['data']['source'] = {'class_path': 'SynDigits', 'init_args': {key: value}}
            yield changed
        for key in ('bottleneck', 'average', 'backbone_lr_scale', 'freeze'):
            changed = configuration()
            changed['model']['init_args'][key] = value
            yield changed
    for trainer in ({'devices': None}, {'max_steps': -1}, {'max_steps': 10**30}, {'devices': -1}):
        yield configuration(trainer=trainer)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a benchmark, a finished run, and files that are neither; nothing is trained in it."""
    monkeypatch.setattr(running, 'start_workers', lambda count: nullcontext())
    monkeypatch.setattr(running, 'run_all', lambda tasks, pool, watch: {})
    (tmp_path / 'toy.yaml').write_text(yaml.safe_dump(configuration()))
    write_folder(tmp_path / 'done', {'source_only': [0.6, 0.5], 'dann': [0.7, 0.8]}, pictures=False)
    (tmp_path / 'text.yaml').write_text('neither: a\n  benchmark nor: [valid')
    (tmp_path / 'image.png').write_bytes(b'\x89PNG\r\n\x1a\nnot really')
    (tmp_path / 'model.ckpt').write_bytes(b'PK\x03\x04not really')
    (tmp_path / 'empty').mkdir()
    return tmp_path


def faults(run: Run, cases: Iterable[tuple[str, ...]]) -> list[str]:
    """Return the cases whose answer is neither what was asked for nor a refusal in a line that says what to do."""
    found = []
    for case in cases:
        try:
            status, _, errors = run(*case)
        except BaseException as error:  # as a user would see a traceback
            found.append(f'{case}: {type(error).__name__}: {error}'[:500])
            continue
        last = (errors.strip().splitlines() or [''])[-1]
        refused = (
            status == 0
            or (case[0] == 'data' and status == 1)
            or (last.startswith('dann: ') and len(last) < 700)
        )
        if status not in (0, 1, 2) or not refused or 'Traceback' in errors or 'Parser key' in errors:
            found.append(f'{case}: status {status}: {errors}'[:700])
    return found


def test_options_that_are_wrong(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    found = faults(run, of_options())
    assert not found, '\n'.join(found)


def test_places_that_are_wrong(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    found = faults(run, of_places())
    assert not found, '\n'.join(found)


def test_configurations_that_are_wrong(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def written() -> Iterator[tuple[str, ...]]:
        for count, changed in enumerate(of_configurations()):
            path = folder / f'{count}.yaml'
            path.write_text(yaml.safe_dump(changed))
            yield ('benchmark', path.name, '--out', f'out{count}')

    monkeypatch.chdir(folder)
    found = faults(run, written())
    assert not found, '\n'.join(found)


def test_numbers_in_configurations_that_are_wrong(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written() -> Iterator[tuple[str, ...]]:
        for count, changed in enumerate(of_sizes()):
            (folder / f'{count}.yaml').write_text(yaml.safe_dump(changed))
            yield ('benchmark', f'{count}.yaml', '--out', f'out{count}')

    monkeypatch.chdir(folder)
    found = faults(run, written())
    assert not found, '\n'.join(found)


def test_training_that_is_wrong(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('fit', 'validate', 'test'):
        monkeypatch.setattr(f'pytorch_lightning.Trainer.{name}', lambda *_, **__: None)
    monkeypatch.chdir(folder)
    found = faults(run, of_training())
    assert not found, '\n'.join(found)


@pytest.mark.parametrize(
    'words',
    [
        ('benchmark', 'toy.yaml', '--out', 'done'),
        ('report', 'done'),
        ('validators', 'done'),
        ('data', 'check', 'empty'),
        ('gap', 'toy.yaml', '--on', 'pixels'),
        ('list', 'datasets'),
    ],
)
def test_output_that_has_no_place(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    with open('/dev/full', 'wb', buffering=0) as device:  # noqa: PTH123
        full = io.TextIOWrapper(device, encoding='ascii', write_through=True)
        monkeypatch.setattr(sys, 'stdout', full)
        assert cli.main(words) in (1, 2)
        monkeypatch.setattr(sys, 'stdout', io.StringIO())
    said = capsys.readouterr().err
    assert 'Traceback' not in said
    assert said.splitlines()[-1].startswith('dann: ')
