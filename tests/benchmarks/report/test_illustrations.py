"""What each figure is said to show."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import records_of, with_source, write_folder, write_job

from dann.benchmarks.report.illustrations import illustrate
from dann.benchmarks.report.report import BenchmarkReport
from dann.reporting import palette


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def encoded(
        figure: object, formats: Sequence[palette.Format] = palette.FORMATS, *_: object
    ) -> palette.Drawn:
        return dict.fromkeys(formats, b'drawn')

    monkeypatch.setattr(palette, 'encoded', encoded)


def test_figures_say_what_they_show(tmp_path: Path) -> None:
    rows = {'source_only': [0.6], 'dann': [0.8], 'target_supervised': [0.9]}
    report = BenchmarkReport.open(write_folder(tmp_path, rows))
    figures = {figure.name: figure for figure in illustrate(report.results, report.table)}
    assert list(figures) == [
        *('differences', 'accuracy', 'classes', 'mistakes', 'confusion', 'domains', 'features', 'scores'),
    ]
    assert 'target test accuracy: dann +18.0.' in figures['differences'].alt
    assert figures['classes'].says.startswith('dann gains most on ')
    assert figures['accuracy'].alt.endswith('source_only 59.0, dann 77.0, target_supervised 87.0.')
    assert 'source_only, dann, target_supervised on the target test split' in figures['confusion'].alt
    assert 'street/day and street/night' in figures['domains'].alt
    assert all(figure.drawn == dict.fromkeys(palette.FORMATS, b'drawn') for figure in figures.values())
    assert all(figure.caption for figure in figures.values())
    assert figures['features'].dark == b'drawn'
    assert [each.name for each in figures['mistakes'].missed] == ['circle', 'bar']


def test_a_figure_without_its_file_is_empty(tmp_path: Path) -> None:
    report = BenchmarkReport.open(write_folder(tmp_path, {'source_only': [0.6]}, pictures=False))
    drawn = {figure.name: figure.drawn is not None for figure in illustrate(report.results, report.table)}
    assert drawn == {
        'accuracy': True,
        'confusion': False,
        'domains': False,
        'features': False,
        'scores': True,
    }


def test_scenes_under_other_conditions_are_shown_where_there_are_some(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {'source_only': [0.6]}, pictures=False)
    np.savez(folder / 'contact.npz', day=np.zeros((2, 3, 8, 8), np.uint8))
    report = BenchmarkReport.open(folder)
    assert [figure.name for figure in illustrate(report.results, report.table)][3] == 'contact'


def test_what_the_source_lost_is_shown_where_records_say(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {}, pictures=False)
    finals = {'source_only': (0.98, 0.97), 'dann': (0.91, 0.9)}
    kept = with_source(records_of({'source_only': [0.6, 0.62], 'dann': [0.8, 0.81]}), finals)
    for run in sorted({each['run'] for each in kept}):
        write_job(folder, [each for each in kept if each['run'] == run], pictures=False)
    report = BenchmarkReport.open(folder)
    figures = {figure.name: figure for figure in illustrate(report.results, report.table)}
    assert 'source test accuracy: dann -8.0 (-8.0, -8.0).' in figures['forgetting'].alt
    assert figures['forgetting'].says.startswith('1 of 1 methods lose accuracy on the source')


def test_of_many_rows_the_curves_that_are_drawn_are_named(tmp_path: Path) -> None:
    rows = {'source_only': [0.6], **{f'row{index}': [0.6 + index / 100] for index in range(13)}}
    report = BenchmarkReport.open(write_folder(tmp_path, rows, pictures=False))
    caption = illustrate(report.results, report.table)[-1].caption
    assert 'Of 14 rows these are drawn: source-only, the ceiling, and the row of each family' in caption
    assert '(source_only, row12).' in caption
