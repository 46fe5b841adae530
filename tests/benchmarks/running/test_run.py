"""A folder holds one benchmark: what a second call adds to it, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import assert_refused, configuration, write

from dann.benchmarks.plan.grid import Benchmark, benchmark
from dann.benchmarks.running import run as module
from dann.benchmarks.running.run import write_changed
from dann.core import drafted
from dann.core.errors import UserError
from dann.core.locking import locked

Run = Callable[..., tuple[int, str, str]]
ROWS: dict[str, Any] = {'source_only': {}, 'fda': {'style': 'FDA'}}


def asked(**changes: Any) -> Benchmark:
    return benchmark('toy', configuration(**{'methods': ROWS, 'seeds': 2} | changes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which one job of a benchmark is done."""
    write_changed(tmp_path / 'benchmark.yaml', asked().description)
    done = tmp_path / 'jobs' / 'fda-seed0-0123' / 'done'
    done.parent.mkdir(parents=True)
    done.touch()
    return tmp_path


def test_rows_and_seeds_of_a_second_call_are_added(folder: Path) -> None:
    claim = module._claim(asked(methods={'coral': {'alignment': 'CORAL'}}, seeds=[5], select='last'), folder)
    assert list(claim['methods']) == ['source_only', 'fda', 'coral']
    assert claim['seeds'] == [0, 1, 5]
    assert claim['select'] == 'last'
    assert claim['protocol'] == asked().description['protocol']


@pytest.mark.parametrize(
    ('changes', 'said'),
    [
        ({'steps': 40}, r'another `steps` \(20 there, 40 here\); pass --out'),
        ({'evaluations': 2}, r'another `epochs` \(4 there, 2 here\)'),
        ({'trainer': {'gradient_clip_val': 1.0}}, 'another `trainer`; pass --out'),
        ({'methods': {'fda': {'style': 'AdaIN'}}}, "another method 'fda'; rename one, or pass --out"),
    ],
)
def test_another_protocol_or_row_is_refused(changes: dict[str, Any], said: str, folder: Path) -> None:
    with pytest.raises(UserError, match=said):
        module._claim(asked(**changes), folder)


def test_the_checkpoint_of_a_finished_job_is_removed_and_of_another_kept(tmp_path: Path) -> None:
    finished, begun = asked().jobs()[:2]
    for job in (finished, begun):
        (tmp_path / 'jobs' / job.name).mkdir(parents=True)
        (tmp_path / 'jobs' / job.name / 'last.ckpt').touch()
    (tmp_path / 'jobs' / finished.name / 'done').touch()
    assert finished not in module._missing(asked().jobs(), tmp_path, ())
    assert [path.parent.name for path in tmp_path.glob('jobs/*/last.ckpt')] == [begun.name]


def test_a_call_that_finds_nothing_to_do_removes_what_a_killed_one_began_to_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, '-c', ''])
    gone.wait()
    draft = folder / f'.run.json.{drafted._machine()}.{gone.pid}.draft'
    draft.touch()
    monkeypatch.setattr(module, '_missing', lambda *_: [])
    monkeypatch.setattr(module, 'is_settled', lambda _: True)
    assert module.run(asked(), folder, workers=1, loggers=[], command='dann benchmark toy') == {}
    assert not draft.exists()


def test_a_row_of_which_nothing_is_done_may_change(folder: Path) -> None:
    changed = asked(methods={'source_only': {'style': 'FDA'}})
    assert module._claim(changed, folder)['methods']['source_only'] == {'style': 'FDA'}


def test_a_folder_in_which_nothing_is_done_belongs_to_nobody(folder: Path) -> None:
    (folder / 'jobs' / 'fda-seed0-0123' / 'done').unlink()
    assert module._claim(asked(steps=40), folder) == asked(steps=40).description


@pytest.mark.parametrize('content', ['{', '{}', 'name: mine', '[1]', ''])
def test_a_damaged_description_of_finished_jobs_is_written_again(
    content: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / 'benchmark.yaml').write_text(content)
    assert module._claim(asked(), folder) == asked().description
    assert 'benchmark.yaml' in (said := capsys.readouterr().err)
    assert said.endswith('; written again as this call asks for it\n')


def test_a_changed_digit_in_a_description_is_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / 'benchmark.yaml'
    path.write_text(path.read_text().replace(f'steps: {asked().steps}\n', 'steps: 9\n'))
    assert module._claim(asked(), folder) == asked().description
    assert 'has changed since it was written' in capsys.readouterr().err


OTHER = 'name: mine\ntitle: Mine\nselect: last\nmethods: {}\nseeds: [0]\n'


@pytest.mark.parametrize('content', ['{', 'name: mine\nmethods: {}\n', '', OTHER])
def test_a_file_of_the_users_own_is_not_written_over(content: str, tmp_path: Path) -> None:
    (tmp_path / 'benchmark.yaml').write_text(content)
    with pytest.raises(UserError, match=r'benchmark\.yaml .*pass --out with another folder'):
        module._claim(asked(), tmp_path)


def test_a_description_that_says_the_same_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / 'benchmark.yaml'
    write_changed(path, asked().description)
    before = path.stat().st_mtime_ns, path.stat().st_ino
    write_changed(path, asked().description)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    write_changed(path, asked(steps=8).description)
    assert yaml.safe_load(path.read_text())['steps'] == 8


def test_an_output_folder_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('in the way')
    out = str(tmp_path / 'file' / 'out')
    assert_refused(run('benchmark', write(tmp_path), '--out', out), 'cannot write', '--out')


def test_a_second_benchmark_in_the_same_folder_is_refused(run: Run, tmp_path: Path) -> None:
    with locked(tmp_path):
        assert_refused(
            run('benchmark', write(tmp_path), '--out', str(tmp_path)), 'another benchmark is running'
        )
