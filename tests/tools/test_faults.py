"""What counts as survived where a fault was planted, and that the faults are planted."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.faults import damage, hostile_archives, hostile_images
from tools.faults.calls import Outcome, begun
from tools.faults.damage import _judged
from tools.faults.examples import changed, judged
from tools.faults.healthy import Place, configuration
from tools.faults.same import difference
from tools.faults.tally import Tally

HEALTHY = ('numbers', '70.1')
STARTUP = Path(damage.__file__).parent / 'startup'


@pytest.mark.parametrize(
    ('outcome', 'wrong'),
    [
        (Outcome(0, 'fine', ''), ''),
        (Outcome(2, '', 'dann: no such file; correct the path'), ''),
        (Outcome(None, '', ''), 'hangs'),
        (Outcome(1, '', 'Traceback (most recent call last):\nKeyError: 3'), 'a traceback: KeyError: 3'),
        (Outcome(-9, '', ''), 'status -9'),
        (Outcome(1, '\n', ''), 'status 1 without a line'),
    ],
)
def test_no_command_may_hang_trace_back_or_die(outcome: Outcome, wrong: str) -> None:
    assert outcome.wrong == wrong


@pytest.mark.parametrize(
    ('seen', 'wrong'),
    [
        (HEALTHY, ''),
        (('line', 'dann: run.json has changed; run the benchmark again'), ''),
        (('numbers', '70.2'), 'other numbers'),
        (('wrong', 'hangs'), 'hangs'),
    ],
)
def test_a_line_or_the_same_numbers_survive(seen: tuple[str, str], wrong: str) -> None:
    assert _judged(seen, HEALTHY) == wrong


def test_a_command_that_hangs_is_killed_and_one_that_raises_is_told(tmp_path: Path) -> None:
    def hang() -> int:
        signal.pause()
        return 0

    def fail() -> int:
        raise KeyError(3)

    assert begun(hang, tmp_path, {}).outcome(0.2).wrong == 'hangs'
    assert begun(fail, tmp_path, {}).outcome(20).wrong == 'a traceback: KeyError: 3'
    assert begun(lambda: 1 - len(print('a line') or '.'), tmp_path, {}).outcome(20).status == 0


@pytest.mark.parametrize(
    ('name', 'before', 'after', 'wrong'),
    [
        ('jobs/a/records.jsonl', '{"seconds": 1, "step": 2}', '{"seconds": 7, "step": 2}', ''),
        ('jobs/a/records.jsonl', '{"seconds": 1, "step": 2}', '{"seconds": 1, "step": 3}', 'differs'),
        ('jobs/a/done', '{"records.jsonl": "ab", "weights.pt": "cd"}', '{"records.jsonl": "ee"}', 'differs'),
        ('run.json', '{"started": 1, "sha256": "a"}', '{"started": 2, "sha256": "b"}', ''),
        ('run.json', '{"failed": []}', '{"failed": [1]}', 'differs'),
        ('report.html', '>minutes</th><td>1</td>', '>minutes</th><td>2</td>', ''),
        ('report.html', '<td>70.1</td>', '<td>70.2</td>', 'differs'),
        ('table.csv', 'a,70.1', None, 'is missing'),
        ('.table.csv.draft', None, 'a', 'is left over'),
        ('jobs/a/metrics.0.csv', None, 'a', ''),
    ],
)
def test_runs_are_the_same_but_for_times(
    name: str, before: str | None, after: str | None, wrong: str, tmp_path: Path
) -> None:
    for folder, text in (('expected', before), ('found', after)):
        (tmp_path / folder / name).parent.mkdir(parents=True)
        if text is not None:
            (tmp_path / folder / name).write_text(text)
    assert difference(tmp_path / 'found', tmp_path / 'expected') == (f'{name} {wrong}' if wrong else '')


@given(st.data())
def test_one_value_of_a_configuration_is_changed(data: st.DataObject) -> None:
    tree = configuration()
    found = data.draw(changed(tree))
    json.dumps(found)
    assert tree == configuration()


def test_every_example_is_judged_and_none_is_hidden_by_another() -> None:
    found = [*judged(st.integers(0, 10**6), lambda number: 'odd' if number % 2 else '', 40, Random(0))]
    assert len(found) == 40
    assert {wrong for _, wrong in found} == {'', 'odd'}
    assert all(wrong == ('odd' if int(example) % 2 else '') for example, wrong in found)


SCRIPT = """
import os, pathlib
from sitecustomize import install
install('parent')
for number in range(5):
    pathlib.Path(str(number)).write_text('')
    pathlib.Path(str(number)).rename(f'{number}.done')
"""


@pytest.mark.skipif(sys.platform == 'win32', reason='kills by a signal')
@pytest.mark.parametrize(
    ('fault', 'left'),
    [
        ('parent itself 1', []),
        ('parent itself 2', ['0']),
        ('parent group 5', ['0.done', '1.done']),
        ('worker itself 1', [f'{number}.done' for number in range(5)]),
        ('parent itself 11', [f'{number}.done' for number in range(5)]),
    ],
)
def test_a_process_is_killed_before_an_operation(fault: str, left: list[str], tmp_path: Path) -> None:
    work = tmp_path / 'work'
    work.mkdir()
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT],
        cwd=work,
        env={'PYTHONPATH': str(STARTUP), 'DANN_FAULT': fault},
        check=False,
        start_new_session=True,
    )
    assert sorted(path.name for path in work.iterdir()) == left
    assert done.returncode == (0 if len(left) == 5 else -signal.SIGKILL)


def test_a_hundred_files_are_hostile_and_those_of_a_seed_are_the_same() -> None:
    makers = (hostile_images.images, hostile_archives.arrays)
    assert all(make(Random(1)) == make(Random(1)) for make in makers)
    names = [name for make in makers for name in make(Random(1))]
    assert len({*names}) == len(names)
    assert len(names) + len(hostile_archives.NAMES) + 20 >= 100


def test_files_of_a_run_and_of_the_cache_are_found(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for name in (
        'run/run.json',
        'run/jobs/dann-0/weights.pt',
        'run/jobs/dann-0/metrics.csv',
        'cache/a/x.npy',
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / 'cache/kept').mkdir()
    (tmp_path / 'cache/kept/gap.txt').touch()
    assert [each.as_posix() for each in damage.run_files(place)] == [
        'run/jobs/dann-0/weights.pt',
        'run/run.json',
    ]
    assert [each.as_posix() for each in damage.cache_files(place)] == ['cache/a/x.npy']


def test_the_table_counts_what_was_tried_and_survived(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    tally.add('kills', 'after 1.2 s', 'table.csv differs', 30)
    for part in [*1199 * ['kills'], *3 * ['fuzz']]:
        tally.add(part, 'another', '', 0)
    assert tally.table().splitlines() == [
        '| faults | tried | survived | minutes |',
        '| ------ | ----- | -------- | ------- |',
        '| kills  | 1,200 | 1,199    | 0.5     |',
        '| fuzz   | 3     | 3        | 0.0     |',
    ]
    assert capsys.readouterr().err == 'kills: after 1.2 s: table.csv differs\n'
