"""Where runs go, whether they can start, and that what fails in W&B stops no training."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wandb_fake import install

from dann.core.errors import UserError
from dann.engine.wandb_runs import TrackedRun, check_wandb, destination, own_service


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('MODE', 'PROJECT', 'DIR', 'SWEEP_ID', 'SERVICE', 'FINISH_TIMEOUT'):
        monkeypatch.delenv(f'WANDB_{name}', raising=False)


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        ({}, ('dann', 'offline')),
        ({'WANDB_PROJECT': 'night', 'WANDB_MODE': 'online'}, ('night', 'online')),
        ({'WANDB_SWEEP_ID': 'abc'}, ('dann', 'online')),
        ({'WANDB_SWEEP_ID': 'abc', 'WANDB_MODE': 'offline'}, ('dann', 'offline')),
        ({'WANDB_PROJECT': '', 'WANDB_MODE': ''}, ('dann', 'offline')),
    ],
)
def test_runs_go_where_the_environment_says(
    given: dict[str, str], expected: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    where = destination(tmp_path / 'job')
    assert (where['project'], where['mode']) == expected
    assert Path(where['dir']) == tmp_path / 'job'
    monkeypatch.setenv('WANDB_DIR', str(tmp_path / 'mine'))
    assert Path(destination(tmp_path / 'job')['dir']) == tmp_path / 'mine'
    assert (tmp_path / 'mine').is_dir()  # wandb takes a folder that is not there for no folder


@pytest.mark.parametrize(
    ('mode', 'breaks', 'words'),
    [
        ('onlin', (), r"WANDB_MODE to be one of online, .*, got 'onlin'"),
        (
            'online',
            ('network',),
            r'cannot be reached \(cannot reach https.*\); run `wandb login`, or set WANDB_MODE',
        ),
        ('online', ('login',), r'\(no login\); run `wandb login`'),
        ('shared', ('login',), r'\(no login\); run `wandb login`'),
    ],
)
def test_what_cannot_start_says_so(
    mode: str, breaks: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, *breaks)
    monkeypatch.setenv('WANDB_MODE', mode)
    with pytest.raises(UserError, match=words) as caught:
        check_wandb()
    assert '\n' not in str(caught.value)


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'wandb', None)
    with pytest.raises(UserError, match='pip install wandb, or leave that logger out'):
        check_wandb()


@pytest.mark.parametrize('mode', ['offline', 'disabled', 'dryrun'])
def test_nothing_is_asked_of_a_server_that_is_not_used(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, 'network')
    monkeypatch.setenv('WANDB_MODE', mode)
    check_wandb()


def test_processes_that_start_later_do_not_share_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = install(monkeypatch)
    with own_service():
        os.environ['WANDB_SERVICE'] = 'of this process'
    assert 'WANDB_SERVICE' not in os.environ
    assert fake.torn_down == 1
    monkeypatch.setenv('WANDB_SERVICE', "the user's")
    fake.run = "the user's"
    with own_service():
        pass
    assert os.environ['WANDB_SERVICE'] == "the user's"
    assert fake.torn_down == 1


def run(folder: Path, **options: Any) -> TrackedRun:
    return TrackedRun(folder, id='7', name='dann-seed0', **options)


def test_names_and_tags_are_shown_and_the_configuration_is_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = install(monkeypatch)
    run(tmp_path, group='a\x1b[31m', tags=['a\nb', '名前'], config={'source': 'a\nb'})
    options = fake.runs[0].options
    assert (options['group'], options['tags']) == (r'a\x1b[31m', [r'a\nb', '名前'])
    assert options['config'] == {'source': 'a\nb'}


def test_numbers_stand_at_their_step_and_late_ones_at_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = install(monkeypatch)
    tracked = run(tmp_path, group='toy')
    (one,) = fake.runs
    assert (one.options['resume'], one.options['group'], one.options['id']) == ('allow', 'toy', '7')
    assert one.options['settings'] == {'console': 'off'}  # else it takes the worker's output
    tracked.log_metrics({'loss/source': 1.0}, step=5)
    tracked.log_metrics({'val/infomax': 2.0}, step=5)
    tracked.log_metrics({'lr': 0.1}, step=4)  # as Lightning counts, from 0
    tracked.log_metrics({'loss/source': 3.0}, step=10)
    tracked.log_table('final', ['score', 'last'], [['loss/source', 3.0]])
    tracked.log_picture('samples', np.zeros((2, 2, 3), np.uint8), 'source')
    assert [step for step, _ in one.rows] == [5, 5, 5, 10, 10, 10]
    assert one.history[5] == {'loss/source': 1.0, 'val/infomax': 2.0, 'lr': 0.1}
    assert one.history[10]['final'] == {'columns': ['score', 'last'], 'data': [['loss/source', 3.0]]}
    assert one.history[10]['samples']['caption'] == 'source'
    tracked.summarise({'chosen/step': 5})
    assert one.summary == {'chosen/step': 5}
    assert fake.torn_down == 0
    tracked.end()
    assert one.exit_code == 0
    assert fake.torn_down == 1  # which waits for the file
    assert os.environ['WANDB_FINISH_TIMEOUT'] == '300'


def test_a_report_has_no_step_that_a_second_one_could_fall_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = install(monkeypatch)
    run(tmp_path).log_table('table', ['method'], [['dann']])
    assert [step for step, _ in fake.runs[0].rows] == [None]


@pytest.mark.parametrize('broken', ['init', 'log'])
def test_what_fails_is_said_once_and_raises_nothing(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = install(monkeypatch, broken)
    tracked = run(tmp_path)
    for step in (1, 2):
        tracked.log_metrics({'loss/source': 1.0}, step=step)
    tracked.summarise({'chosen/step': 1})
    tracked.log_table('final', ['score'], [])
    tracked.end(failed=True)
    said = capsys.readouterr().err.splitlines()
    why = 'no space left on device' if broken == 'init' else 'the server is on fire'
    assert len(said) == 1
    assert 'no longer logs dann-seed0 (' in said[0]
    assert why in said[0]
    assert [each.exit_code for each in fake.runs] == ([] if broken == 'init' else [1])
    assert (tracked.name, tracked.version) == ('dann-seed0', '7')
