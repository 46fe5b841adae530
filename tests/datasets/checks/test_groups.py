"""Groups are counted class by class, and what is rare or tells the class is named."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from own_features import drawn, rows_of, write_csv, write_npz
from own_layouts import rows_below, write_table
from photos import write_pair
from rich.console import Console

from dann.datasets.checks import check_data
from dann.datasets.checks.checking import Check
from dann.datasets.checks.report import groups_table, show


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


def table(tmp_path: Path, count: int = 60, only: str = 'van') -> Path:
    """Every third image of ``only`` is of the left camera, and every second one of the other classes."""
    root = write_pair(tmp_path / 'photos', count)
    rows = []
    for row in rows_below(root):
        number = int(Path(row['path']).stem) // 3
        left = number % (6 if row['label'] == only else 2) == 0
        rows.append(row | {'camera': 'left' if left else 'right'})
    return write_table(root, rows)


def cases(check: Check, code: str) -> list[str]:
    return [
        case.files[0] for finding in check.findings if finding.fault.code == code for case in finding.cases
    ]


def test_groups_are_counted_by_class_with_their_share(tmp_path: Path) -> None:
    check = check_data(table(tmp_path), groups='camera')
    day = check.record()['groups']['day']
    assert day['left'] == {'count': 24, 'share': 0.4, 'classes': {'bus': 10, 'car': 10, 'van': 4}}
    assert day['right']['classes'] == {'bus': 10, 'car': 10, 'van': 16}
    assert check.status == 0
    header, rows = groups_table(check)
    assert header == ['class', 'day/left', 'day/right', 'night/left', 'night/right']
    assert rows[-2:] == [['all', '24', '36', '24', '36'], ['share', '40.0 %', '60.0 %', '40.0 %', '60.0 %']]
    console = Console(file=io.StringIO(), width=120)
    show(check, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert 'Images by group' in text
    assert 'rare-group' in text


def test_a_class_of_which_a_group_has_few_samples_is_named(tmp_path: Path) -> None:
    check = check_data(table(tmp_path), groups='camera')
    assert cases(check, 'rare-group') == ['day/van/left', 'night/van/left']
    assert cases(check, 'group-tells-class') == []


def test_a_group_that_tells_the_class_is_named(tmp_path: Path) -> None:
    rows = rows_of(drawn(count=90))
    side = ['left' if row[-1] == 'bus' else 'right' for row in rows[1:]]
    told = [['side', *rows[0]], *([name, *row] for name, row in zip(side, rows[1:], strict=True))]
    check = check_data(write_csv(tmp_path, told), groups='side')
    assert cases(check, 'group-tells-class') == ['a/left', 'a/right', 'b/left', 'b/right']
    assert not cases(check, 'not-a-number')
    assert cases(check_data(write_csv(tmp_path, told)), 'not-a-number')


def test_groups_that_cannot_be_told_are_an_error_and_stop_nothing(tmp_path: Path) -> None:
    check = check_data(table(tmp_path), groups='cemara')
    assert cases(check, 'no-group') == ['day', 'night']
    assert check.status == 1
    assert 'camera' in str(next(iter(check.findings)))
    assert 'groups' not in check.record()
    short = write_npz(tmp_path, drawn(side=np.array(['left'] * 3)))
    assert cases(check_data(short, groups='side'), 'no-group') == ['a', 'b']


def test_without_groups_nothing_is_said_of_them(tmp_path: Path) -> None:
    check = check_data(table(tmp_path))
    assert check.groups == {}
    assert 'groups' not in check.record()
