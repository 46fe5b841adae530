"""Figures are images of the right things, the same bytes every time."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import write_folder
from figures import leave_out_pdf
from PIL import Image

from dann.benchmarks.report.figures import accuracy_chart, bar_rows
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.opened import Results


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_pdf(monkeypatch)


@pytest.fixture(scope='module')
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    rows = {'source_only': [0.6, 0.62], 'dann': [0.8], 'fda': [0.7, 0.71], 'target_supervised': [0.9, 0.92]}
    return Results.open(write_folder(tmp_path_factory.mktemp('fake'), rows))


@pytest.fixture(scope='module')
def table(results: Results) -> Table:
    return build_table(results.records, results.benchmark)


def pixels(png: bytes | None) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    assert png is not None
    return np.asarray(Image.open(io.BytesIO(png)).convert('RGB'))


def test_the_chart_is_an_image_with_ink(table: Table) -> None:
    image = pixels(accuracy_chart(table)['png'])
    assert min(image.shape[:2]) > 300
    assert image.std() > 10


def test_the_axis_ends_at_a_hundred(table: Table) -> None:
    ticks = re.findall(r'>(\d+)</text>', accuracy_chart(table)['svg'].decode())
    assert ticks == ['0', '20', '40', '60', '80', '100']


def test_of_many_rows_the_best_of_each_family_comes_first(tmp_path: Path) -> None:
    rows = {'fda': [0.7], 'source_only': [0.6], **{f'row{index}': [0.6 + index / 100] for index in range(13)}}
    results = Results.open(write_folder(tmp_path, rows, pictures=False))
    names = [row.method for row in bar_rows(build_table(results.records, results.benchmark))]
    assert names[:3] == ['source_only', 'row12', 'row11']
    assert names[-1] == 'fda'


def test_an_interval_beyond_the_axis_does_not_widen_the_chart(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'source_only': [0.2, 0.9], 'dann': [0.1, 0.8]}))
    wide = build_table(results.records, results.benchmark)
    assert wide.main(wide.rows[0]).accuracy.half_width > 1  # type: ignore[operator, union-attr]
    assert pixels(accuracy_chart(wide)['png']).shape[1] < 1400


def test_the_chart_has_the_same_bytes_every_time(table: Table) -> None:
    assert accuracy_chart(table) == accuracy_chart(table)
    drawn = accuracy_chart(table)
    assert b'<dc:date>' not in drawn['svg']
