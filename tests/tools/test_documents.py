"""The generated documents are those of the code and the kept results, and say what these say."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import write_folder
from PIL import Image

from dann.benchmarks.results.opened import suite_folders
from dann.core.errors import RunError, UserError
from dann.engine.catalogue import methods, rows
from tools.documents import documents, keep_results, write_documents
from tools.documents.__main__ import main
from tools.documents.forest import FIGURE, in_rows, source_of
from tools.documents.kept import Kept, read_results
from tools.documents.measured import improved, measured

DOCS = Path(__file__).parents[2] / 'docs'
BASE = (0.40, 0.42, 0.41)
NEAR = {
    'source_only': BASE,
    'dann': (0.50, 0.53, 0.51),
    'cdan': (0.50, 0.52, 0.52),
    'mmd': (0.51, 0.53, 0.52),
    'coral': (0.46, 0.47, 0.46),
    'fda': (0.60, 0.62, 0.62),
    'reinhard': (0.30, 0.32, 0.31),
    'target_supervised': (0.90, 0.91, 0.92),
}
FAR = NEAR | {
    'dann': (0.30, 0.52, 0.41),
    'cdan': (0.35, 0.55, 0.51),
    'mmd': (0.41, 0.40, 0.40),
    'coral': (0.42, 0.40, 0.47),
}


@pytest.mark.parametrize('name', ['methods.md', 'benchmarks.md', 'reproductions.md'])
def test_the_committed_document_is_what_make_docs_writes(name: str) -> None:
    assert (DOCS / name).read_text() == documents(DOCS)[name], f'docs/{name} is stale; run `make docs`'


def test_the_committed_figure_shows_the_kept_results() -> None:
    kept = read_results(DOCS)
    if not kept:
        pytest.skip('the catalogue has not been measured yet')
    with Image.open(DOCS / FIGURE) as image:
        assert image.info.get('Source') == source_of(kept), f'docs/{FIGURE} is stale; run `make docs`'


@pytest.fixture(scope='module')
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of documents with the results of two pairs."""
    runs, out = tmp_path_factory.mktemp('runs'), tmp_path_factory.mktemp('docs')
    for pair, values in (('day-to-night', NEAR), ('sim-to-real', FAR)):
        asked = {
            'title': f'From {pair}',
            'epochs': 4,
            'model': {'class_path': 'X'},
            'data': {'batch_size': 64},
        }
        write_folder(runs / pair, values, pictures=False, benchmark=asked)
    assert [path.name for path in suite_folders(runs)] == ['day-to-night', 'sim-to-real']
    keep_results(runs, out)
    write_documents(out)
    return out


@pytest.fixture(scope='module')
def kept(docs: Path) -> list[Kept]:
    return read_results(docs)


def test_the_page_of_measurements_counts_winners_and_names_losers(docs: Path, kept: list[Kept]) -> None:
    near, far = kept
    assert {row.method for row in improved(near)} == {'dann', 'cdan', 'mmd', 'coral', 'fda'}
    assert {row.method for row in improved(far)} == {'fda'}
    page = (docs / 'benchmarks.md').read_text()
    assert '5 of 6 methods, of 4 families, improve on source-only' in page
    assert (
        '(Adversarial 2, MMD 1, Moments 1, Style 1): at least five methods of at least three families do'
        in page
    )
    assert '1 of 6 methods, of 1 family, improve on source-only' in page
    assert 'fewer than five methods of three families, so that is not shown here' in page
    assert 'With 3 seeds the half-width of an interval is 2.5 times the deviation' in page
    assert page.count('- Worse than source-only, interval without zero: Style (1): reinhard -12.0') == 2
    assert '6 intervals of 95 % are compared with zero' in page
    assert '| target_supervised (uses target labels) |' in page


def test_the_page_of_measurements_says_how_the_numbers_came_to_be(docs: Path) -> None:
    page = (docs / 'benchmarks.md').read_text()
    assert (
        '2026-01-02, 4 minutes on 2 cores, no accelerator, commit 0123abc, python 3.11.9, torch 2.13.0'
        in page
    )
    assert '- failed: mixstyle-seed1-ba9876543210: RunError: the <loss> is NaN at step 40' in page
    assert '400 steps for every row, evaluated 4 times; seeds 0, 1, 2' in page
    assert '| 1.5   |' in page


def test_rows_without_a_measurement_are_listed(docs: Path, kept: list[Kept]) -> None:
    missing = (docs / 'benchmarks.md').read_text().split('## Not measured')[1]
    for name in rows():
        assert (name in missing.replace(',', ' ').split()) == (name not in NEAR), name
    assert 'both pairs: source_only' in measured([])


def test_numbers_are_kept_to_the_last_digit(docs: Path, kept: list[Kept]) -> None:
    row = next(row for row in kept[0].rows if row.method == 'dann')
    main = row.accuracies['val/infomax']
    assert main is not None
    assert main.mean == pytest.approx(np.mean(NEAR['dann']) - 0.03)
    assert row.difference is not None
    assert row.difference.mean == pytest.approx(np.mean(NEAR['dann']) - np.mean(BASE) - 0.02)
    assert row.difference.n == 3


def test_the_figure_has_ink_and_names_its_source(docs: Path, kept: list[Kept]) -> None:
    data = (docs / FIGURE).read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        assert image.info['Source'] == source_of(kept)
        pixels = np.asarray(image.convert('RGB'))
    assert pixels.std() > 10
    assert [name for _, name in in_rows(kept)][:2] == ['cdan', 'dann']
    write_documents(docs)
    assert (docs / FIGURE).read_bytes() == data


def test_results_that_are_missing_or_corrupt(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r'no results of several benchmarks in .*; run `dann benchmark catalogue'
    ):
        keep_results(tmp_path, tmp_path / 'docs')
    (tmp_path / 'results').mkdir()
    (tmp_path / 'results' / 'catalogue-sim-to-real.json').write_text('{"rows": []}')
    with pytest.raises(RunError, match=r'cannot read .*catalogue-sim-to-real\.json .*; write it anew with'):
        read_results(tmp_path)


def test_every_method_has_a_section_with_equation_failure_and_row() -> None:
    page = documents(DOCS)['methods.md']
    sections = {part.partition('\n')[0]: part for part in page.split('\n## ')[1:]}
    assert set(sections) == {method.name for method in methods()}
    for method in methods():
        assert f'{method.key}: {{' in sections[method.name] or method.name == 'Together'
        assert f'](#{method.name.lower()})' in page
        assert '::' not in sections[method.name], method.name
    mcc = sections['MCC']
    assert r'K = P^\top W P' in mcc
    assert r'\begin{aligned}' not in mcc
    assert '| `temperature` | `2.5` ' in mcc
    assert '| 1 to 5 ' in mcc
    assert (
        '[Minimum Class Confusion for Versatile Domain Adaptation](https://arxiv.org/abs/1912.03699)' in mcc
    )
    assert '**Fails when:** The batch is small' in mcc


def test_a_request_that_makes_no_sense_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['--results', 'nowhere']) == 2
    assert 'no results of several benchmarks in nowhere' in capsys.readouterr().err
