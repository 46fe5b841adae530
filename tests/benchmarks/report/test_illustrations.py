"""What each figure is said to show."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import write_folder

from dann.benchmarks.report.illustrations import illustrate
from dann.benchmarks.report.report import BenchmarkReport
from dann.reporting import palette


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palette, 'encoded', lambda figure, formats, *_: dict.fromkeys(formats, b'drawn'))


def test_figures_say_what_they_show(tmp_path: Path) -> None:
    rows = {'source_only': [0.6], 'dann': [0.8], 'target_supervised': [0.9]}
    report = BenchmarkReport.open(write_folder(tmp_path, rows))
    figures = {figure.name: figure for figure in illustrate(report.results, report.table)}
    assert list(figures) == ['accuracy', 'domains', 'features', 'confusion', 'scores']
    assert figures['accuracy'].alt.endswith('source_only 59.0, dann 77.0, target_supervised 87.0.')
    assert 'source_only, dann, target_supervised on the target test split' in figures['confusion'].alt
    assert 'street/day and street/night' in figures['domains'].alt
    assert all(figure.png == b'drawn' and figure.caption for figure in figures.values())
    assert figures['accuracy'].svg == b'drawn'


def test_a_figure_without_its_file_is_empty(tmp_path: Path) -> None:
    report = BenchmarkReport.open(write_folder(tmp_path, {'source_only': [0.6]}, pictures=False))
    drawn = {figure.name: figure.png is not None for figure in illustrate(report.results, report.table)}
    assert drawn == {
        'accuracy': True,
        'domains': False,
        'features': False,
        'confusion': False,
        'scores': True,
    }


def test_scenes_under_other_conditions_are_shown_where_there_are_some(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {'source_only': [0.6]}, pictures=False)
    np.savez(folder / 'contact.npz', day=np.zeros((2, 3, 8, 8), np.uint8))
    report = BenchmarkReport.open(folder)
    assert [figure.name for figure in illustrate(report.results, report.table)][2] == 'contact'


def test_of_many_rows_the_curves_that_are_drawn_are_named(tmp_path: Path) -> None:
    rows = {'source_only': [0.6], **{f'row{index}': [0.6 + index / 100] for index in range(13)}}
    report = BenchmarkReport.open(write_folder(tmp_path, rows, pictures=False))
    caption = illustrate(report.results, report.table)[-1].caption
    assert 'Of 14 rows these are drawn: source-only, the ceiling, and the row of each family' in caption
    assert '(source_only, row12).' in caption
