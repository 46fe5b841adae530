"""``dann search`` from end to end on the toy pair."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from harness import assert_refused, dann, start, write
from toy import Toy
from wandb_file import kept

from dann.commands import search
from dann.core.errors import RunError, UserError

pytestmark = pytest.mark.slow

METHODS: dict[str, Any] = {
    'source_only': {},
    'slow': {'alignment': 'slow_loss.Slow'},
    'fda+coral': {'style': 'FDA', 'alignment': 'CORAL'},
    'target_supervised': {'reference': True},
}
BUDGET = ('--trials', '3', '--seeds', '1', '--workers', '2')


def searched(config: str, out: Path, *more: str, **environment: Any) -> Any:
    return dann('search', config, '--out', str(out), *BUDGET, *more, **environment)


def without_minutes(folder: Path) -> str:
    """The table without what the clock says."""
    return re.sub(r' *\| [\d.]+ +\|$', ' |', (folder / 'table.md').read_text(), flags=re.MULTILINE)


@pytest.mark.long
def test_search_kill_continue_and_run_what_was_found(tmp_path: Path) -> None:
    config, whole, killed = write(tmp_path, methods=METHODS), tmp_path / 'whole', tmp_path / 'killed'
    first = searched(config, whole)
    assert first.returncode == 0, first.stderr
    assert (whole / 'table.md').read_text() in first.stdout

    process = start('search', config, '--out', str(killed), *BUDGET)
    deadline = time.monotonic() + 200
    while not list(killed.glob('trials/jobs/slow~*/last.ckpt')):
        assert time.monotonic() < deadline, 'no checkpoint appeared'
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    again = searched(config, killed)
    assert again.returncode == 0, again.stderr
    assert (killed / 'best.yaml').read_bytes() == (whole / 'best.yaml').read_bytes()
    assert without_minutes(killed) == without_minutes(whole)
    assert not list(whole.glob('trials/jobs/*/*.pt'))

    third = searched(config, whole)
    assert 'jobs to run' not in third.stderr
    assert third.stdout == first.stdout
    other = searched(config, whole, '--seed', '1')
    assert other.returncode == 2
    assert 'another `seed` (0 there, 1 here)' in other.stderr

    final = dann('benchmark', str(whole / 'best.yaml'), '--out', str(tmp_path / 'final'))
    assert final.returncode == 0, final.stderr
    assert 'were searched with 3 trials x 1 seed x 20 steps' in (tmp_path / 'final' / 'table.md').read_text()
    report = dann('report', str(whole), '--select', 'last')
    assert report.returncode == 0, report.stderr
    assert 'slow~001' in report.stdout
    assert (whole / 'table.md').read_text() in first.stdout


def test_scrambled_target_labels_find_the_same(tmp_path: Path) -> None:
    methods = {name: row for name, row in METHODS.items() if name != 'slow'}
    config, found = write(tmp_path, methods=methods), []
    for name in ('honest', 'scrambled'):
        cache = tmp_path / name
        if name == 'scrambled':
            scramble(cache)
        done = searched(config, tmp_path / f'out-{name}', DANN_CACHE=str(cache))
        assert done.returncode == 0, done.stderr
        found.append((tmp_path / f'out-{name}' / 'best.yaml').read_bytes())
    assert found[0] == found[1]


def scramble(cache: Path) -> None:
    """Set every target label on disk to zero, with a manifest that agrees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('DANN_CACHE', str(cache))
        toy = Toy('b')
        toy.prepare()
        manifest = json.loads((toy.folder / 'manifest.json').read_text())
        for path in toy.folder.glob('*.labels.npy'):
            np.save(path, np.zeros_like(np.load(path)))
            manifest['sha256'][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        (toy.folder / 'manifest.json').write_text(json.dumps(manifest))


def test_a_trial_that_breaks_fails_alone(tmp_path: Path) -> None:
    config = write(tmp_path, methods={'source_only': {}, 'breaks': {'alignment': 'slow_loss.Breaks'}})
    done = searched(config, tmp_path / 'out')
    assert done.returncode == 1
    assert 'Every trial of breaks failed' in done.stdout
    assert list(yaml.safe_load((tmp_path / 'out' / 'best.yaml').read_text())['methods']) == ['source_only']
    again = searched(config, tmp_path / 'out')
    assert 'jobs to run' not in again.stderr


def test_requests_that_make_no_sense(tmp_path: Path) -> None:
    config = write(tmp_path, methods=METHODS)
    for more, words in (
        (('--select', 'oracle'), 'reads target labels'),
        (('--select', 'val/infomx'), "did you mean 'val/infomax'"),
        (('--methods', 'slw'), "did you mean 'slow'"),
        (('--sampler', 'grid'), 'unknown sampler'),
    ):
        done = searched(config, tmp_path / 'out', *more)
        assert done.returncode == 2, more
        assert words in done.stderr
        assert not list((tmp_path / 'out').glob('trials/jobs/*'))


Run = Callable[..., tuple[int, str, str]]
ASKED: dict[str, Any] = {
    'trials': 3,
    'seeds': 1,
    'steps': 20,
    'select': 'val/infomax',
    'sampler': 'random',
    'seed': 0,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which one run of a search is done."""
    search._claim(tmp_path, ASKED)
    done = tmp_path / 'trials' / 'jobs' / 'dann' / 'done'
    done.parent.mkdir(parents=True)
    done.touch()
    return tmp_path


def test_more_trials_are_the_same_search(folder: Path) -> None:
    search._claim(folder, ASKED | {'trials': 9})
    assert json.loads((folder / 'budget.json').read_text()) == ASKED | {'trials': 9}


@pytest.mark.parametrize('key', [key for key in ASKED if key != 'trials'])
def test_another_budget_is_another_search(key: str, folder: Path) -> None:
    said = rf'another `{key}` \({ASKED[key]} there, other here\); pass --out with another folder'
    with pytest.raises(UserError, match=said):
        search._claim(folder, ASKED | {key: 'other'})
    (folder / 'trials' / 'jobs' / 'dann' / 'done').unlink()
    search._claim(folder, ASKED | {key: 'other'})


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['sim-to-rael'], ["did you mean 'sim-to-real'?"]),
        (['sim-to-real', '--trials', '0'], ['expected `trials` to be a whole number above 0, got 0']),
        (['sim-to-real', '--seeds', '0'], ['expected `seeds` to be a whole number above 0, got 0']),
        (['sim-to-real', '--steps', '-1'], ['expected `steps` to be a whole number above 0, got -1']),
        (['sim-to-real', '--sampler', 'tep'], ["unknown sampler 'tep'; did you mean 'tpe'?"]),
        (['sim-to-real', '--select', 'last'], ['chooses a checkpoint without a score']),
        (['catalogue'], ['catalogue lists benchmarks and is none itself']),
    ],
)
def test_bad_requests(run: Run, arguments: list[str], words: list[str]) -> None:
    assert_refused(run('search', *arguments), *words)


def test_a_sweep_is_written_and_nothing_is_run(run: Run, tmp_path: Path) -> None:
    config = write(tmp_path, methods=METHODS)
    file = tmp_path / 'sweep.yaml'
    status, printed, _ = run('search', config, '--methods', 'fda+coral', '--sweep', str(file), '--steps', '8')
    assert (status, printed) == (0, f'Sweep: wandb sweep {file}\n')
    assert {path.name for path in tmp_path.iterdir()} == {'toy.yaml', 'sweep.yaml', 'sweep-run.yaml'}
    assert yaml.safe_load((tmp_path / 'sweep-run.yaml').read_text())['data']['steps_per_epoch'] == 2
    assert_refused(run('search', config, '--sweep', str(file)), 'over one row, got 4', '--methods')


def test_a_search_logs_its_trials_and_its_table_once(tmp_path: Path) -> None:
    config = write(tmp_path, methods={'coral': {'alignment': 'CORAL'}})
    for _ in range(2):
        done = searched(config, tmp_path / 'out', '--logger', 'wandb', WANDB_MODE='offline')
        assert done.returncode == 0, done.stderr
    runs = [kept(path) for path in (tmp_path / 'out').rglob('*.wandb')]
    assert sorted(each.run.job_type for each in runs) == ['coral~000', 'coral~001', 'coral~002', 'report']
    assert {each.run.run_group for each in runs} == {'search-toy'}
    assert {each.exit_code for each in runs} == {0}


@pytest.mark.parametrize(
    ('content', 'why'), [('ä'.encode('latin-1'), 'is not UTF-8'), (b'{', 'Expecting'), (b'[]', 'no names')]
)
def test_a_budget_that_cannot_be_read_is_a_line(content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / 'trials/jobs/x').mkdir(parents=True)
    (tmp_path / 'trials/jobs/x/done').touch()
    (tmp_path / 'budget.json').write_bytes(content)
    with pytest.raises(RunError, match=rf'budget.json .*{why}.*; delete it, or pass --out'):
        search._claim(tmp_path, {'trials': 1})
