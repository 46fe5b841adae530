"""A clean set passes; each planted fault is found by name in the right file, and nothing else is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from planted import (
    CLASSES,
    FOLDER,
    TOGETHER,
    Arrays,
    Planted,
    Table,
    clean_arrays,
    clean_folder,
    clean_table,
    noise,
    save,
)
from planted_rows import ARRAYS, ARRAYS_TOGETHER, TABLE, TABLE_TOGETHER

from dann.cli import main
from dann.core.errors import UserError
from dann.datasets.checks import FAULTS, Check, check_data, contact_sheet
from dann.datasets.checks.classes import total_variation


def write(root: Path, arrays: Arrays) -> Path:
    path = root / 'own.npz'
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def found(check: Check) -> dict[str, set[str]]:
    """The files of every fault, by code."""
    return {
        finding.fault.code: {name for case in finding.cases for name in case.files}
        for finding in check.findings
    }


def assert_only(check: Check, planted: Planted) -> None:
    """Check that one fault was found, in the files where it was planted, and that the status says so."""
    code, names = planted
    assert {key: sorted(files) for key, files in found(check).items()} == {code: sorted(set(names))}
    assert check.status == (1 if FAULTS[code].severity == 'error' else 0)


def assert_all(check: Check, planted: list[Planted]) -> None:
    """Check that everything planted was found."""
    everything = found(check)
    for code, names in planted:
        assert set(names) <= everything.get(code, set()), code
    assert check.status == 1


@pytest.mark.parametrize('split', [True, False])
def test_a_clean_folder_passes(tmp_path: Path, split: bool) -> None:
    check = check_data(clean_folder(tmp_path, split=split))
    assert found(check) == {}
    assert check.status == 0
    assert len(check.read) == 60
    assert [(shift.source, shift.target, shift.distance) for shift in check.shifts] == [('day', 'night', 0)]


def test_a_clean_table_and_clean_arrays_pass(tmp_path: Path) -> None:
    for path in (clean_table(tmp_path).write(), write(tmp_path, clean_arrays())):
        check = check_data(path)
        assert found(check) == {}
        assert (check.status, len(check.read)) == (0, 60)


@pytest.mark.parametrize('plant', FOLDER, ids=lambda plant: plant.__name__)
def test_a_fault_in_a_folder_is_found(tmp_path: Path, plant: Callable[[Path], Planted]) -> None:
    root = clean_folder(tmp_path)
    planted = plant(root)
    assert_only(check_data(root), planted)


@pytest.mark.parametrize('plant', TABLE, ids=lambda plant: plant.__name__)
def test_a_fault_in_a_table_is_found(tmp_path: Path, plant: Callable[[Table], Planted]) -> None:
    table = clean_table(tmp_path)
    planted = plant(table)
    assert_only(check_data(table.write()), planted)


@pytest.mark.parametrize('plant', ARRAYS, ids=lambda plant: plant.__name__)
def test_a_fault_in_arrays_is_found(tmp_path: Path, plant: Callable[[Arrays], Planted]) -> None:
    arrays = clean_arrays()
    planted = plant(arrays)
    assert_only(check_data(write(tmp_path, arrays)), planted)


def test_all_faults_at_once_are_found(tmp_path: Path) -> None:
    root = clean_folder(tmp_path / 'folder')
    files = [plant(root) for plant in TOGETHER]
    assert_all(check_data(root), files)
    table = clean_table(tmp_path)
    lines = [plant(table) for plant in TABLE_TOGETHER]
    assert_all(check_data(table.write()), lines)
    arrays = clean_arrays()
    rows = [plant(arrays) for plant in ARRAYS_TOGETHER]
    assert_all(check_data(write(tmp_path, arrays)), rows)


def test_not_a_number_is_found_among_floats(tmp_path: Path) -> None:
    arrays = clean_arrays()
    arrays['x'] = arrays['x'].astype(np.float32) / 255
    arrays['x'][4, 0, 0, 0], arrays['x'][11, 1, 1, 1] = np.nan, np.inf
    check = check_data(write(tmp_path, arrays))
    assert found(check) == {'wrong-dtype': {'x'}, 'nan': {'x[4]', 'x[11]'}}
    assert contact_sheet(check) is not None


@pytest.mark.parametrize('encoding', ['cp1252', 'utf-16'])
def test_a_table_in_another_encoding_is_read_all_the_same(tmp_path: Path, encoding: str) -> None:
    table = clean_table(tmp_path)
    for row in table.rows:
        row[2] = row[2].replace('bus', 'Omnibüs')
    path = table.write()
    path.write_bytes(path.read_text(encoding='utf-8').encode(encoding))
    check = check_data(path)
    assert found(check) == {'encoding': {'table.csv'}}
    assert set(check.counts['day']['train']) == {'Omnibüs', 'car', 'van'}


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = clean_table(tmp_path).write()
    path.write_bytes(b'\xef\xbb\xbf' + path.read_bytes())
    assert found(check_data(path)) == {}


@pytest.mark.parametrize(
    ('content', 'codes'),
    [
        (b'', {'zero-byte', 'missing-column'}),
        (b'path;domain;label\na.png;day;bus\n', {'missing-column'}),
        (b'path,domain,label\nphotos\\a.png,day,bus\n', {'missing-file'}),
        (b'path,domain,label\n.,day,bus\n', {'unreadable', 'one-domain'}),
        (b'path,domain,label\n' + b'a' * 5000 + b',day,bus\n', {'missing-file'}),
        (b'path,domain,label\n,,\n\n', {'empty-cell'}),
    ],
)
def test_a_table_of_nothing_useful(tmp_path: Path, content: bytes, codes: set[str]) -> None:
    (tmp_path / 'own.csv').write_bytes(content)
    check = check_data(tmp_path / 'own.csv')
    assert set(found(check)) == codes
    assert check.status == 1


@pytest.mark.parametrize('content', [b'', b'no archive', b'PK\x03\x04 broken'])
def test_an_archive_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'own.npz').write_bytes(content)
    assert set(found(check_data(tmp_path / 'own.npz'))) == {'unreadable' if content else 'zero-byte'}


def test_class_folders_without_domains_are_domains_without_labels(tmp_path: Path) -> None:
    for name in ('bus', 'car'):
        save(tmp_path / name / '0.png', noise(len(name), (9, 9 + len(name[:1]), 3)))
    assert set(found(check_data(tmp_path))) >= {'no-labels'}
    assert found(check_data(tmp_path))['no-labels'] == {'bus', 'car'}


@pytest.mark.parametrize('split', [True, False])
def test_a_target_without_labels_is_no_fault(tmp_path: Path, split: bool) -> None:
    root = clean_folder(tmp_path, split=split)
    for path in sorted((root / 'night').rglob('*.png')):
        path.rename(path.parents[1] / f'{path.parent.name}-{path.name}')
    for folder in [path for path in (root / 'night').rglob('*') if path.name in CLASSES]:
        folder.rmdir()
    check = check_data(root)
    assert found(check) == {}
    assert check.shifts == []
    assert sum(part[''] for part in check.counts['night'].values()) == 30
    assert contact_sheet(check) is not None
    assert found(check_data(root, source='day', target='night')) == {}
    assert found(check_data(root, source='night', target='day')) == {'no-labels': {'night'}}


def test_a_class_may_be_called_train_and_hold_folders(tmp_path: Path) -> None:
    root = clean_folder(tmp_path, split=False)
    for domain in ('day', 'night'):
        (root / domain / 'bus').rename(root / domain / 'train')
        inner = root / domain / 'van' / 'front'
        inner.mkdir()
        for path in sorted((root / domain / 'van').glob('train*')):
            path.rename(inner / path.name)
    check = check_data(root)
    assert found(check) == {}
    assert check.counts['day'] == {None: {'car': 10, 'train': 10, 'van': 10}}


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    (root / 'day/train/bus/again').symlink_to(root / 'day/train/bus', target_is_directory=True)
    (root / 'day/val/bus/other').symlink_to(root / 'day/val/van', target_is_directory=True)
    (root / 'day/val/van/other').symlink_to(root / 'day/val/bus', target_is_directory=True)
    check = check_data(root)
    assert {'unreadable', 'misplaced-image'}.isdisjoint(found(check))
    assert check.counts['day']['train'] == {'bus': 6, 'car': 6, 'van': 6}
    assert check.counts['day']['val'] == {'bus': 4, 'car': 2, 'van': 4}


def test_splits_may_be_called_in_other_words(tmp_path: Path) -> None:
    root = clean_folder(tmp_path / 'folder')
    (root / 'day/val').rename(root / 'day/Validation')
    assert found(check_data(root)) == {}
    table = clean_table(tmp_path)
    table.rows = [
        [' Path', 'domain ', 'LABEL', 'Split'],
        *([*row[:3], f'{row[3]}ing'] for row in table.rows[1:]),
    ]
    table.rows = [[cell.replace('valing', ' valid ') for cell in row] for row in table.rows]
    assert found(check_data(table.write())) == {}


def test_sixteen_bits_and_transparency_are_neither_blank_nor_lost(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    deep = np.random.default_rng(0).integers(2000, 65000, (16, 20)).astype(np.uint16)
    Image.fromarray(deep).save(root / 'day/train/bus/8.png')
    layers = np.zeros((16, 20, 4), np.uint8)
    layers[4:9, 4:9, 3] = 255
    save(root / 'day/train/bus/9.png', layers)
    Image.fromarray(deep.astype(np.float32)).save(root / 'day/train/bus/10.tif')
    check = check_data(root)
    assert found(check) == {
        'unreadable': {'day/train/bus/10.tif'},
        'mixed-channels': {'day/train/bus/8.png', 'day/train/bus/9.png'},
    }


def test_an_empty_folder_has_no_domains(tmp_path: Path) -> None:
    assert set(found(check_data(tmp_path))) == {'one-domain'}


def test_domains_are_compared_in_all_pairs(tmp_path: Path) -> None:
    root = clean_folder(tmp_path, split=False)
    for number in range(30):
        save(root / f'fog/{CLASSES[number % 2]}/{number}.png', noise(3000 + number))
    check = check_data(root)
    assert [(shift.source, shift.target) for shift in check.shifts] == [
        ('day', 'fog'),
        ('day', 'night'),
        ('fog', 'night'),
    ]
    assert found(check) == {
        'class-in-one-domain': {'day/van', 'night/van'},
        'label-shift': {'day - fog', 'fog - night'},
    }
    assert found(check_data(root, source='night', target='day')) == {}
    assert check_data(root, source='night', target='day').listing.domains == ['night', 'day']


def test_black_frames_are_blank_and_no_copies(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    save(root / 'night/train/bus/8.png', np.zeros((16, 20, 3), np.uint8))
    save(root / 'night/test/car/8.bmp', np.zeros((16, 20, 3), np.uint8))
    assert found(check_data(root)) == {'blank-image': {'night/train/bus/8.png', 'night/test/car/8.bmp'}}


def test_a_grey_image_among_colour_is_named(tmp_path: Path) -> None:
    root = clean_folder(tmp_path)
    save(root / 'night/train/bus/8.png', noise(906, (16, 20)))
    assert found(check_data(root)) == {'mixed-channels': {'night/train/bus/8.png'}}


def test_total_variation_is_that_of_the_definition() -> None:
    assert total_variation(Counter(a=3, b=1), Counter(a=30, b=10)) == 0
    assert total_variation(Counter(a=3), Counter(b=1)) == 1
    assert total_variation(Counter(a=3, b=1), Counter(a=1, b=3)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ('given', 'words'),
    [
        ({'root': 'gone'}, 'does not exist; correct the path'),
        ({'root': 'notes.txt'}, 'expected a folder, a .csv or an .npz'),
        ({'source': 'day', 'target': 'nihgt'}, "unknown domain 'nihgt'; did you mean 'night'?"),
        ({'source': 'day', 'target': 'day'}, "expected two domains, got 'day' twice"),
        ({'source': 'day'}, 'expected both of `--source` and `--target`'),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(tmp_path: Path, given: dict[str, str], words: str) -> None:
    root = clean_folder(tmp_path / 'own')
    (tmp_path / 'notes.txt').write_text('x')
    place = tmp_path / given.pop('root') if 'root' in given else root
    with pytest.raises((UserError, ValueError)) as caught:
        check_data(place, **given)
    assert words in str(caught.value)


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('COLUMNS', '200')

    def call(*arguments: str) -> tuple[int, str]:
        status = main(['data', 'check', *arguments])
        return status, capsys.readouterr().out

    return call


def test_the_command_prints_counts_shift_findings_and_next_steps(tmp_path: Path, run: Run) -> None:
    root = clean_folder(tmp_path / 'own')
    for number in range(12):
        (root / f'day/train/bus/{number}.jpg').write_bytes(b'')
    status, out = run('own')
    assert status == 1
    line = next(line for line in out.splitlines() if line.startswith('error'))
    assert line.split()[1:4] == ['zero-byte', '12', 'cases:']
    assert 'day/train/bus/0.jpg, day/train/bus/1.jpg' in line
    assert line.endswith('day/train/bus/2.jpg and 7 more; fetch it again or delete it')
    assert 'label shift day - night: 0.00 (at most 0.3)' in out
    assert '72 images of 2 domains; 1 error, 0 warnings' in out
    report = (tmp_path / 'data-check/own/report.md').read_text()
    assert '| class | day/train | day/val | day/test | night/train | night/val | night/test |' in report
    assert '| bus | 6 | 2 | 2 | 6 | 2 | 2 |' in report
    assert '![Contact sheet](contact.png)' in report


def test_json_is_the_report_and_nothing_else(tmp_path: Path, run: Run) -> None:
    root = clean_folder(tmp_path / 'own')
    (root / 'day/train/bus/9.jpg').write_bytes(b'')
    status, out = run('own', '--json', '--no-sheet', '--out', 'there')
    printed: dict[str, Any] = json.loads(out)
    assert status == 1
    assert printed == json.loads((tmp_path / 'there/report.json').read_text())
    assert [
        (item['code'], item['severity'], item['count'], item['files']) for item in printed['findings']
    ] == [('zero-byte', 'error', 1, ['day/train/bus/9.jpg'])]
    assert printed['counts']['night']['train'] == {'bus': 6, 'car': 6, 'van': 6}
    assert printed['label_shift'] == [{'domains': ['day', 'night'], 'total_variation': 0.0}]
    assert not (tmp_path / 'there/contact.png').exists()
    assert 'contact.png' not in (tmp_path / 'there/report.md').read_text()


def test_warnings_leave_the_status_at_zero(tmp_path: Path, run: Run) -> None:
    root = clean_folder(tmp_path / 'own')
    save(root / 'day/train/bus/9.png', noise(907, (4, 4, 3)))
    status, out = run('own')
    assert (status, '0 errors, 1 warning' in out) == (0, True)


def test_brackets_in_names_are_printed_as_they_are(tmp_path: Path, run: Run) -> None:
    root = clean_folder(tmp_path / 'own')
    (root / 'day/train/bus/[red]9.jpg').write_bytes(b'')
    assert 'day/train/bus/[red]9.jpg' in run('own')[1]


def test_the_contact_sheet_shows_classes_below_and_domains_beside_one_another(tmp_path: Path) -> None:
    colours = {'day': (250, 20, 20), 'night': (20, 20, 250)}
    for domain, colour in colours.items():
        for number in range(3):
            pixels = np.full((32, 32, 3), colour, np.uint8)
            pixels[0, 0] = number
            save(tmp_path / domain / 'bus' / f'{number}.png', pixels)
    sheet = contact_sheet(check_data(tmp_path))
    assert sheet is not None
    pixels = np.asarray(sheet).astype(int)
    red, blue = (np.abs(pixels - colours[domain]).sum(axis=2) < 30 for domain in ('day', 'night'))
    assert red.sum() == pytest.approx(3 * 96 * 96, rel=0.02)
    assert blue.sum() == pytest.approx(3 * 96 * 96, rel=0.02)
    assert np.flatnonzero(red.any(axis=0)).max() < np.flatnonzero(blue.any(axis=0)).min()
    assert (pixels.sum(axis=2)[:, :190] < 300).sum() > 100  # the captions have ink


def test_the_sheet_of_many_classes_stays_bounded(tmp_path: Path) -> None:
    for number in range(50):
        for domain in ('a', 'b', 'c', 'd', 'e'):
            save(tmp_path / domain / f'{number:02}' / '0.png', noise(number, (8, 8)))
    sheet = contact_sheet(check_data(tmp_path))
    assert sheet is not None
    assert sheet.width < 2500
    assert sheet.height < 4500


def test_an_unreadable_set_has_no_sheet(tmp_path: Path, run: Run) -> None:
    (tmp_path / 'own/day/bus').mkdir(parents=True)
    (tmp_path / 'own/day/bus/0.png').write_bytes(b'')
    status, out = run('own')
    assert (status, 'Contact sheet' in out) == (1, False)
    with pytest.raises(FileNotFoundError):
        Image.open(tmp_path / 'data-check/own/contact.png')
