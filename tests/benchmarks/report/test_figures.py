"""Figures are images of the right things, the same bytes every time."""

import io
from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import record, write_folder
from PIL import Image

from dann.benchmarks.report.figures import accuracy_chart, average_curve, score_curves
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.opened import Results


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


def test_every_figure_is_an_image_with_ink(results: Results, table: Table) -> None:
    for png in (
        accuracy_chart(table)['png'],
        score_curves(results.records, table),
    ):
        image = pixels(png)
        assert min(image.shape[:2]) > 300
        assert image.std() > 10


def test_an_interval_beyond_the_axis_does_not_widen_the_chart(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'source_only': [0.2, 0.9], 'dann': [0.1, 0.8]}))
    wide = build_table(results.records, results.benchmark)
    assert wide.main(wide.rows[0]).accuracy.half_width > 1  # type: ignore[operator, union-attr]
    assert pixels(accuracy_chart(wide)['png']).shape[1] < 1400


def test_the_chart_has_the_same_bytes_every_time(table: Table) -> None:
    assert accuracy_chart(table) == accuracy_chart(table)
    svg = accuracy_chart(table)['svg']
    assert b'<svg' in svg
    assert b'<dc:date>' not in svg


def test_curves_average_over_runs_and_skip_what_is_not_a_number() -> None:
    records = [
        record(seed=0, step=100, scores={'val/snd': 0.2}),
        record(seed=1, step=100, scores={'val/snd': 0.4}),
        record(seed=0, step=200, scores={'val/snd': 0.6}),
        record(seed=1, step=200, scores={'val/snd': float('nan')}),
    ]
    steps, values = average_curve(records, 'val/snd')
    assert steps == [100, 200]
    assert values == pytest.approx([0.3, 0.6])
    assert average_curve(records, 'val/none') == ([], [])
