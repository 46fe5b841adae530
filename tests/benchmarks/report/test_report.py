"""The report: the same bytes after a resume, quick to start, and whole in a real browser."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks_fake import ROWS, history, write_folder, write_job
from PIL import Image

from dann.benchmarks.report import illustrations
from dann.benchmarks.report.report import results, write_report
from dann.core.errors import RunError, UserError

CHROMIUM = shutil.which('chromium')
TABLES = ('table.md', 'table.csv', 'table.tex', 'results.json')
SORT = '<script>document.querySelectorAll("table.sortable thead button")[2].click()</script></body>'


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_folder(tmp_path_factory.mktemp('fake') / 'day-to-night')
    write_report(root)
    return root


def browse(page: Path, profile: Path, *options: str) -> subprocess.CompletedProcess[str]:
    quiet = [
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
    ]
    return subprocess.run(
        [
            *(CHROMIUM or '', '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', *quiet),
            *(f'--user-data-dir={profile}', '--enable-logging=stderr', '--v=0', '--virtual-time-budget=4000'),
            *(*options, page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


@pytest.mark.skipif(CHROMIUM is None, reason='needs chromium on the path')
def test_a_browser_shows_the_whole_page(folder: Path, tmp_path: Path) -> None:
    page, shot = tmp_path / 'report.html', tmp_path / 'shot.png'
    page.write_text((folder / 'report.html').read_text().replace('</body>', SORT))
    options = ('--dump-dom', f'--screenshot={shot}', '--window-size=1200,3000')
    shown = browse(page, tmp_path / 'profile', *options)
    assert 'data-images-loaded="5/5"' in shown.stdout
    table = shown.stdout.split('<tbody>')[1].split('</tbody>')[0]
    finals = {name: sum(values) for name, (_, values) in ROWS.items()}
    assert re.findall(r'<th scope="row"[^>]*>([\w+]+)', table) == sorted(
        finals, key=lambda name: -finals[name]
    )
    assert 'aria-sort="descending"' in shown.stdout
    assert [row for row in shown.stderr.splitlines() if 'CONSOLE' in row] == []
    with Image.open(shot) as image:
        assert image.size == (1200, 3000)
        assert len(image.convert('RGB').getcolors(1 << 24) or []) > 200


def test_the_page_needs_nothing_else(folder: Path) -> None:
    page = (folder / 'report.html').read_text()
    assert page.startswith('<!DOCTYPE html>')
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert 'url(' not in page
    assert page.count('<img ') == len(re.findall(r'<img [^>]*alt="[^"]{20,}"', page)) == 5
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_the_page_tells_how_it_was_made(folder: Path) -> None:
    page = (folder / 'report.html').read_text()
    for text in ('dann benchmark day-to-night', '2 cores, no accelerator', '2.13.0', '4.2', '0123abc'):
        assert f'{text}' in page
    assert '{class_path: SmallCNN, init_args: {width: 32}}' in page
    assert '1 failed job, listed' in page
    assert '<td class="number">300</td>' in page


def test_what_was_recorded_cannot_write_the_page(folder: Path) -> None:
    page = (folder / 'report.html').read_text()
    assert 'the &lt;loss&gt; is NaN' in page
    assert '<loss>' not in page


def test_files_are_in_place(folder: Path) -> None:
    assert sorted(path.name for path in (folder / 'figures').iterdir()) == [
        *('accuracy.png', 'accuracy.svg', 'confusion.png', 'domains.png', 'features.png', 'scores.png')
    ]
    assert not list(folder.rglob('.*'))
    assert json.loads((folder / 'results.json').read_text()) == results(folder)
    assert results(folder, 'val/entropy')['select'] == 'val/entropy'


def test_a_resumed_benchmark_has_the_same_tables(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(illustrations, 'illustrate', lambda folder, table: [])
    resumed = write_folder(tmp_path / 'resumed', pictures=False)
    run = json.loads((resumed / 'run.json').read_text()) | {
        'minutes': 99.0,
        'started': '2027-01-01',
        'failed': [],
    }
    (resumed / 'run.json').write_text(json.dumps(run))
    shutil.rmtree(resumed / 'jobs' / 'mmd-seed1-0123456789ab')
    slow = [{**each, 'seconds': 77.0} for each in history('mmd', 1, ROWS['mmd'][1][1])]
    write_job(resumed, slow, pictures=False)  # type: ignore[arg-type]
    write_report(resumed)
    for name in TABLES:
        assert (resumed / name).read_bytes() == (folder / name).read_bytes(), name


def test_little_left_behind_still_makes_a_report(tmp_path: Path) -> None:
    root = write_folder(tmp_path, {'source_only': [0.6], 'dann': [0.8, 0.82]}, pictures=False)
    (root / 'run.json').unlink()
    page = write_report(root).read_text()
    assert page.count('Not shown: no completed job left the file') == 3
    assert 'No manifest was recorded.' in page
    assert 'Incomplete: <strong>source_only</strong> has 1 of 3 planned seeds.' in page
    assert '>1 of 3</td>' in page


def test_broken_folders_are_explained(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no results in'):
        write_report(tmp_path / 'nowhere')
    root = write_folder(tmp_path / 'fake', {'source_only': [0.6]}, pictures=False)
    (root / 'run.json').write_text('{')
    with pytest.raises(RunError, match=r'run\.json is not valid: .*; run the benchmark again'):
        write_report(root)
    (root / 'run.json').unlink()
    (root / 'benchmark.yaml').write_text('- a list')
    with pytest.raises(RunError, match=r'expected names and values in .*benchmark\.yaml, got list'):
        write_report(root)
    (root / 'benchmark.yaml').unlink()
    with pytest.raises(UserError, match=r'cannot read .*benchmark\.yaml'):
        write_report(root)


def test_reading_results_imports_nothing_heavy() -> None:
    heavy = ('torch', 'pytorch_lightning', 'sklearn', 'matplotlib', 'jinja2', 'scipy')
    code = (
        f'import sys, dann.benchmarks.report.report; print([name for name in {heavy} if name in sys.modules])'
    )
    shown = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == '[]'
