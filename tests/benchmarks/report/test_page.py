"""The HTML page: whole in a real browser, and in need of nothing else."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from benchmarks_fake import ROWS, records_of, with_source, write_folder, write_job
from figures import leave_out_pdf
from PIL import Image

from dann.benchmarks.report.page import _counts, render_page
from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.results.opened import Results

CHROMIUM = shutil.which('chromium')
MEASURE = """<script>
addEventListener('load', () => {
  const root = document.documentElement;
  const shown = [...document.querySelectorAll('.card img')].filter((each) => each.offsetWidth > 0);
  parent.postMessage({
    width: innerWidth,
    overflow: root.scrollWidth - root.clientWidth,
    ground: getComputedStyle(document.body).backgroundColor,
    images: [...new Set(shown.map((each) => each.classList[0]))].join(),
  }, '*');
});
</script></body>"""
PHONE = """<!DOCTYPE html>
<html><body><iframe src="report.html" style="width: 390px; height: 800px; border: 0"></iframe>
<script>addEventListener('message', (event) => Object.assign(document.documentElement.dataset, event.data));</script>
</body></html>"""
SORT = '<script>document.querySelectorAll("table.sortable thead button")[2].click()</script></body>'


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    guarded = {'protocol': {'version': '0.1.0', 'steps': 400}}
    root = write_folder(tmp_path_factory.mktemp('fake') / 'day-to-night', benchmark=guarded)
    with pytest.MonkeyPatch.context() as patch:
        leave_out_pdf(patch)
        BenchmarkReport.open(root).write()
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


def test_the_page_colours_what_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_pdf(monkeypatch)
    rows = {name: ROWS[name][1] for name in ('source_only', 'dann')}
    root = write_folder(tmp_path / 'day-to-night', {}, pictures=False)
    kept = with_source(records_of(rows), {'source_only': (0.98, 0.97, 0.99), 'dann': (0.95, 0.95, 0.95)})
    for run in sorted({each['run'] for each in kept}):
        write_job(root, [each for each in kept if each['run'] == run], pictures=False)
    BenchmarkReport.open(root).write()
    page = (root / 'report.html').read_text()
    assert '<th scope="col" class="number"><button type="button">source kept</button></th>' in page
    assert re.search(r'<td data-value="-0\.04\d*" class="number worse">-4\.0 ± 2\.5</td>', page)
    assert '<td data-value="" class="number">98.0 ± 2.5</td>' in page
    assert 'Verdict, gap closed and source kept are by val/infomax.' in page


@pytest.mark.skipif(CHROMIUM is None, reason='needs chromium on the path')
def test_a_browser_shows_the_whole_page(folder: Path, tmp_path: Path) -> None:
    page, shot = tmp_path / 'report.html', tmp_path / 'shot.png'
    page.write_text((folder / 'report.html').read_text().replace('</body>', SORT))
    options = ('--dump-dom', f'--screenshot={shot}', '--window-size=1200,3000')
    shown = browse(page, tmp_path / 'profile', *options)
    images = page.read_text().count('<img ')
    assert images > 40  # figures, and tiles of sample images and mistakes
    assert f'data-images-loaded="{images}/{images}"' in shown.stdout
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


@pytest.mark.skipif(CHROMIUM is None, reason='needs chromium on the path')
def test_a_narrow_dark_page_does_not_overflow(folder: Path, tmp_path: Path) -> None:
    long, page = '+'.join(['a_method_with_a_long_name'] * 3), tmp_path / 'report.html'
    text = (folder / 'report.html').read_text().replace('fda+dann', long)
    page.write_text(text.replace('</body>', MEASURE))
    (tmp_path / 'phone.html').write_text(PHONE)  # a window is no narrower than 500 pixels
    dark = '--blink-settings=preferredColorScheme=0'
    shown = browse(tmp_path / 'phone.html', tmp_path / 'profile', dark, '--dump-dom')
    assert 'data-width="390"' in shown.stdout
    assert 'data-overflow="0"' in shown.stdout
    assert 'data-ground="rgb(20, 23, 27)"' in shown.stdout
    assert 'data-images="dark"' in shown.stdout
    assert [row for row in shown.stderr.splitlines() if 'CONSOLE' in row] == []


def test_the_page_needs_nothing_else(folder: Path) -> None:
    page = (folder / 'report.html').read_text()
    assert page.startswith('<!DOCTYPE html>')
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert 'url(' not in page
    assert page.count('<img ') == len(re.findall(r'<img [^>]*alt="[^"]{20,}"', page))
    assert page.count('<img class="light') == page.count('<img class="dark') == 6
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_the_page_tells_how_it_was_made(folder: Path) -> None:
    page = (folder / 'report.html').read_text()
    for text in ('dann benchmark day-to-night', '2 cores, no accelerator', '2.13.0', '4.2', '0123abc'):
        assert f'{text}' in page
    assert '>backbone</th><td>SmallCNN</td>' in page
    assert 'style="--depth: 1" class="below">width</th><td>32</td>' in page
    assert '<th scope="row">fda</th><td>style</td><td>FDA</td>' in page
    assert page.count('>steps</th>') == 1  # which the guarded protocol has again
    assert '>version</th><td>0.1.0</td>' in page
    assert '1 failed job, listed' in page
    assert '<td class="number">300</td>' in page


def test_the_page_opens_with_what_helped(folder: Path) -> None:
    page = (folder / 'report.html').read_text()
    lead = page.index('<p class="lead">fda+dann helped most: +22.0 points')
    assert lead < page.index('<section id="differences">') < page.index('<section id="table">')
    names = sorted(path.name for path in (folder / 'figures').iterdir())
    assert {'differences.pdf', 'differences.svg', 'differences.png', 'mistakes.pdf'} <= {*names}
    assert len(names) == 3 * len({name.partition('.')[0] for name in names})


def test_what_was_recorded_cannot_write_the_page(folder: Path) -> None:
    page = (folder / 'report.html').read_text()
    assert 'the &lt;loss&gt; is NaN' in page
    assert '<loss>' not in page


def test_the_page_of_an_earlier_run_does_not_say_whose_machine_it_was(tmp_path: Path) -> None:
    source = {'class_path': 'Folder', 'init_args': {'root': '/home/ann/photos'}}
    root = write_folder(tmp_path, benchmark={'protocol': {'data': {'source': source}}}, pictures=False)
    results = Results.open(root)
    results.run['command'] = 'dann benchmark /home/ann/photos'
    results.run['failed'] = [{'job': 'a', 'error': 'no /home/ann/b.png'}]
    page = render_page(results, BenchmarkReport.open(root).sheet, [])
    assert '/home' not in page
    assert '…/photos' in page
    assert 'no …/b.png' in page


def test_of_unseen_domains_the_split_that_is_read_is_counted() -> None:
    counts = {split: {'bus': 2} for split in ('train', 'val', 'test')}
    names = ('source', 'unseen/photos/dusk')
    found = _counts({'manifests': {name: {'counts': counts} for name in names}})
    assert found is not None
    assert found['columns'] == ['source train', 'source val', 'source test', 'unseen/photos/dusk test']
    assert found['totals'] == [2, 2, 2, 2]
