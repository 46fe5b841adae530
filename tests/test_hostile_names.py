"""Names of strangers reach every page, table, figure and line as text, and as nothing else."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import benchmarks_fake
import pytest
from benchmarks_fake import history, write_folder, write_job
from figures import leave_out_pdf
from hostile import NAMES, SHOWN, unseen
from photos import write_domain, write_image
from training import fit, make, module, pair
from unlabelled_fake import write_unlabelled

from dann.benchmarks.launchers.local import Task
from dann.benchmarks.plan.grid import Job
from dann.benchmarks.report.ending import ending
from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.report.suite_report import SuiteReport
from dann.benchmarks.running.progress import Progress
from dann.core.errors import UserError
from dann.datasets import Folder
from dann.engine.model_card import model_card
from dann.engine.trained import load
from dann.reporting.spreadsheet import harmless

Run = Callable[..., tuple[int, str, str]]
TITLE = ' '.join(NAMES)
SOURCE, TARGET = 'a\x1b[2J<b>\nday', '\u202e$night^{$'


def write_hostile(root: Path) -> Path:
    """Write a benchmark's folder whose rows, families, classes, domains, title and errors have such names."""
    asked = {
        'title': TITLE,
        'source': SOURCE,
        'target': TARGET,
        'select': 'last',
        'methods': {'source_only': {}, **{name: {'note': name} for name in NAMES}},
    }
    write_folder(root, {'source_only': [0.6, 0.62, 0.64]}, benchmark=asked)
    for place, name in enumerate(NAMES):
        for seed in range(3):
            final, run = 0.7 + place / 50 + seed / 100, f'row{place}-seed{seed}-0123456789ab'
            family = 'style' if place == 0 else name
            write_job(root, history(name, seed, final, run=run, family=family, source=SOURCE, target=TARGET))
    for path in root.glob('jobs/source_only*/records.jsonl'):
        lines = [json.loads(line) | {'source': SOURCE, 'target': TARGET} for line in path.open()]
        path.write_text(''.join(json.dumps(line) + '\n' for line in lines))
    run = json.loads((root / 'run.json').read_text()) | {
        'failed': [{'job': name, 'error': name} for name in NAMES]
    }
    (root / 'run.json').write_text(json.dumps(run))
    return root


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        leave_out_pdf(patch)
        patch.setattr(benchmarks_fake, 'CLASSES', NAMES)
        root = write_hostile(tmp_path_factory.mktemp('hostile') / 'run')
        BenchmarkReport.open(root).write()
    return root


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(path.read_text(encoding='utf-8'))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize('name', ['report.html', 'table.md', 'table.tex', 'table.csv', 'results.json'])
def test_no_file_holds_what_is_not_seen(folder: Path, name: str) -> None:
    assert unseen((folder / name).read_text(encoding='utf-8')) == {'\n'}


def test_the_page_shows_every_name_and_runs_none(folder: Path) -> None:
    page = Page(folder / 'report.html')
    text = ''.join(page.text)
    assert page.tags.count('script') == 1
    assert 'b' not in page.tags
    for shown in SHOWN:
        assert shown in text
    assert f'<title>{" ".join(SHOWN)}'.replace('<title>', '') in text


def test_json_keeps_the_names_as_they_are(folder: Path) -> None:
    found = json.loads((folder / 'results.json').read_text())
    assert [row['method'] for row in found['rows']] == ['source_only', *NAMES]
    assert (found['title'], found['source'], found['target']) == (TITLE, SOURCE, TARGET)


def test_the_table_in_markdown_has_a_line_a_row_and_no_tag(folder: Path) -> None:
    text = (folder / 'table.md').read_text()
    lines = text.split('\n\n')[1].split('\n')
    assert len(lines) == 3 + len(NAMES)
    columns = {len(re.split(r'(?<!\\)\|', line)) for line in lines}
    assert len(columns) == 1
    assert not re.search(r'(?<!\\)<[a-z/]', text)


def test_the_table_in_latex_has_a_line_a_row_and_no_command_of_a_name(folder: Path) -> None:
    text = (folder / 'table.tex').read_text()
    body = text.split('\\midrule\n')[1].split('\\bottomrule')[0].splitlines()
    assert len(body) == 1 + len(NAMES)
    assert len({len(re.findall(r'(?<!\\)&', line)) for line in body}) == 1
    assert all(line.endswith(r' \\') for line in body)
    assert '\\input' not in text.split('\\begin{tabular}')[1]
    names = [line.split(' & ')[0] for line in body]
    assert names[1] == r'\$x\textasciicircum{}\{2\$'
    assert names[6] == r'\textbackslash{}input\{x\}'
    assert names[7] == r'100\%'


def test_the_table_as_csv_has_no_formula(folder: Path) -> None:
    rows = [*csv.reader(io.StringIO((folder / 'table.csv').read_text(), newline=''))]
    assert list(dict.fromkeys(row[0] for row in rows[1:])) == [
        'source_only',
        *(harmless(name).encode(errors='backslashreplace').decode() for name in NAMES),
    ]
    assert "'=1+1" in {row[0] for row in rows}


def test_every_figure_shows_names_as_they_are(folder: Path) -> None:
    drawn = ''
    for path in sorted((folder / 'figures').glob('*.svg')):
        texts = [
            each.text or '' for each in ET.fromstring(path.read_bytes()).iter() if each.tag.endswith('text')
        ]
        assert not unseen(''.join(texts)), path.name
        drawn += '\n'.join(texts)
    assert len([*(folder / 'figures').glob('*.svg')]) >= 7
    for shown in SHOWN:
        assert shown in drawn


def test_the_terminal_shows_every_name(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    table = BenchmarkReport.open(folder).table
    last = ending(table, folder, 'dann benchmark x')
    assert unseen(last) == {'\n'}
    assert r'a\nb' in last
    monkeypatch.setattr(BenchmarkReport, 'write', lambda report: None)
    for options in ([], ['--json'], ['--select', 'val/no\x1b\nne']):
        _, out, err = run('report', str(folder), *options)
        assert unseen(out + err) <= {'\n'}
        assert len(err.splitlines()) <= 1


def test_a_suite_and_a_ranking_show_every_name(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out_pdf(monkeypatch)
    (tmp_path / 'suite').mkdir()
    for name in ('one', 'two'):
        (tmp_path / 'suite' / name).symlink_to(folder)
    suite = SuiteReport.open(tmp_path / 'suite')
    suite.write_common()
    assert unseen(suite.text) == {'\n'}
    for path in (tmp_path / 'suite' / 'figures').glob('*.svg'):
        texts = [
            each.text or '' for each in ET.fromstring(path.read_bytes()).iter() if each.tag.endswith('text')
        ]
        assert not unseen(''.join(texts))
    ranking = BenchmarkReport.open(
        write_unlabelled(tmp_path / 'blind', title=TITLE, source=SOURCE, target=TARGET)
    )
    ranking.write()
    for name in ('report.html', 'table.md', 'table.tex', 'table.csv'):
        assert unseen((tmp_path / 'blind' / name).read_text()) == {'\n'}


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Two domains with classes of such names, as far as a file system takes them."""
    classes = [name.replace('/', '') for name in NAMES]
    for domain, brightness in (('day\x1b[31m', 110), ('=ni\nght\udcff', 40)):
        try:
            write_domain(tmp_path / 'photos' / domain, 44, brightness, classes)
        except OSError as error:  # as on macOS and Windows
            pytest.skip(f'this file system takes no such names: {error}')
    (tmp_path / 'photos' / 'day\x1b[31m' / classes[1] / 'b\nad\x1b.png').write_bytes(b'no image')
    return tmp_path / 'photos'


def test_a_check_of_data_shows_every_name(photographs: Path, run: Run) -> None:
    status, out, err = run('data', 'check', str(photographs))
    assert status == 1
    assert unseen(out + err) == {'\n'}
    for shown in (r'a\nb', r'\x1b[31mred', '名前', r'day\x1b[31m', r'b\nad\x1b.png'):
        assert shown in out
    _, out, err = run('data', 'check', str(photographs), '--json')
    assert unseen(out + err) == {'\n'}
    assert set(json.loads(out)['counts']) == {'day\x1b[31m', '=ni\nght\udcff'}


def test_errors_of_the_reader_of_folders_are_shown(photographs: Path) -> None:
    with pytest.raises(UserError) as raised:
        Folder(str(photographs), 'da\x1by')
    assert unseen(str(raised.value)) <= {'\n'}
    domain = Folder(str(photographs), 'day\x1b[31m')
    assert set(domain.classes) == {name.replace('/', '') for name in NAMES}
    with pytest.raises(UserError) as raised:
        domain.prepare()
    assert not unseen(str(raised.value))
    assert r'a\nb/b\nad\x1b.png (no image)' in str(raised.value)


def test_predictions_name_files_and_classes(photographs: Path, tmp_path: Path, run: Run) -> None:
    """A spreadsheet runs none of them, and a program finds every file again."""
    (photographs / 'day\x1b[31m' / NAMES[1] / 'b\nad\x1b.png').unlink()
    day, night = (Folder(str(photographs), name, size=8) for name in ('day\x1b[31m', '=ni\nght\udcff'))
    data, trained = pair(day, night, batch_size=4), module(make('CORAL'), num_classes=len(NAMES))
    fit(trained, data, epochs=1).save_checkpoint(tmp_path / 'a.ckpt')
    new = [tmp_path / 'new' / f'{name}.png' for name in ('=1+1', 'na\udcffme', 'a\x1bb', '名前')]
    for number, path in enumerate(new):
        write_image(path, number)
    (tmp_path / 'new' / 'b\nad\x1b.png').write_bytes(b'no image')
    status, out, err = run(
        'predict', str(tmp_path / 'a.ckpt'), str(tmp_path / 'new'), '--out', str(tmp_path / 'p.csv')
    )
    assert status == 0
    assert unseen(out + err) == {'\n'}
    assert err == f'dann: cannot read image {tmp_path}/new/b\\nad\\x1b.png (no image); mend or remove it\n'
    text = (tmp_path / 'p.csv').read_bytes().decode('utf-8', 'surrogateescape')
    heading, *rows = csv.reader(io.StringIO(text, newline=''))
    assert unseen(text) <= {'\n', '\udcff'}
    assert heading[3:] == [harmless(name) for name in data.source.classes]
    assert sum(Path(row[0]).exists() for row in rows) == 3  # all but the one with a control character
    card = model_card(load(tmp_path / 'a.ckpt').card)
    assert unseen(card) == {'\n'}


def test_monitoring_names_files_and_classes(photographs: Path, tmp_path: Path, run: Run) -> None:
    (photographs / 'day\x1b[31m' / NAMES[1] / 'b\nad\x1b.png').unlink()
    day, night = (Folder(str(photographs), name, size=8) for name in ('day\x1b[31m', '=ni\nght\udcff'))
    data, trained = pair(day, night, batch_size=4), module(make('CORAL'), num_classes=len(NAMES))
    fit(trained, data, epochs=1).save_checkpoint(tmp_path / 'a.ckpt')
    for number in range(60):
        write_image(tmp_path / ('b\nad\x1b' if number % 2 else 'na\udcffme') / f'<b>{number}\x1b.png', number)
    command = ('monitor', str(tmp_path / 'a.ckpt'), str(tmp_path / 'na\udcffme'), str(tmp_path / 'b\nad\x1b'))
    status, out, _ = run(*command, '--html', str(tmp_path / 'm.html'))
    assert status == 0
    assert unseen(out) == {'\n'}
    assert unseen((tmp_path / 'm.html').read_text()) <= {'\n'}
    status, out, _ = run(*command, '--json')
    assert status == 0
    assert unseen(out) == {'\n'}
    assert json.loads(out)['windows'][0]['batch'] == str(tmp_path / 'b\nad\x1b')


def test_an_error_of_a_command_is_one_line(photographs: Path) -> None:
    command = [sys.executable, '-m', 'dann', 'data', 'check', f'{photographs}/no\nne\x1b[31m']
    found = subprocess.run(
        command, capture_output=True, check=False, env=os.environ | {'PYTHONIOENCODING': 'utf-8'}
    )
    assert found.returncode == 2
    assert unseen(found.stderr.decode()) == {'\n'}
    assert len(found.stderr.splitlines()) == 1


def test_progress_shows_every_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('COLUMNS', '400')
    jobs = [Job(name, 0, 1, 'abc', {}) for name in NAMES]
    with Progress(TITLE, jobs) as progress:
        for job in jobs:
            task = Task(job, tmp_path, {}, [])
            progress.watch(task, 'note', f'{job.method}: left out')
            progress.watch(task, 'failed', job.method)
    said = capsys.readouterr().err
    assert unseen(said) == {'\n'}
    assert len(said.splitlines()) == 1 + 2 * len(NAMES)
