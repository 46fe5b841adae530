"""Figures of what the jobs left behind show the right things."""

import io
from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import write_folder
from figures import leave_out_pdf
from PIL import Image

from dann.benchmarks.report.per_class import ClassChange, class_chart, in_words
from dann.benchmarks.report.pictures import class_names, confusion_matrices, feature_map, principal_plane
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.opened import Results
from dann.core.errors import RunError


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


def test_every_picture_is_an_image_with_ink(results: Results, table: Table) -> None:
    maps = feature_map(results, table)
    matrices = confusion_matrices(results, table, class_names(results, table))
    assert maps is not None
    assert matrices is not None
    for png in (maps[0]['png'], maps[1], matrices['png']):
        image = pixels(png)
        assert min(image.shape[:2]) > 300
        assert image.std() > 10
    assert pixels(maps[0]['png'])[0, 0].tolist() == [255] * 3
    assert pixels(maps[1])[0, 0].max() < 60  # the ground of a dark page


def test_classes_are_named_as_a_job_saved_them(results: Results, table: Table) -> None:
    assert class_names(results, table) == ['circle', 'square', 'bar', 'cross']


def test_names_with_a_dollar_sign_are_drawn_and_are_written_as_they_are(
    results: Results, table: Table
) -> None:
    classes = [r'a$b_{', 'c$', 'd', 'nuit\udce9']
    assert confusion_matrices(results, table, classes) is not None
    assert 'a$b_{ (' in in_words([ClassChange(classes[0], 0.2, 0.4, 10)], 'dann')
    assert class_chart([ClassChange(name, 0.2, 0.4, 10) for name in classes], 'dann')['png']


def test_missing_leftovers_give_no_figure_and_broken_ones_an_error(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'source_only': [0.6]}, pictures=False))
    table = build_table(results.records, results.benchmark)
    assert feature_map(results, table) is None
    assert confusion_matrices(results, table, []) is None
    job = next(iter(results.jobs))
    for name, draw in (('features.npz', feature_map),):
        (job / name).write_bytes(b'PK, but not a zip file')
        with pytest.raises(RunError, match=rf'cannot read .*{name} .*; delete .*source_only-seed0'):
            draw(results, table)
    np.savez(job / 'features.npz', source=np.zeros((2, 2)))
    with pytest.raises(RunError, match="expected an array 'target', got source"):
        feature_map(results, table)


def test_the_plane_keeps_the_distances_of_points_in_a_plane() -> None:
    generator = np.random.default_rng(0)
    flat = generator.normal(size=(20, 2)) * (3, 1)
    basis = np.linalg.qr(generator.normal(size=(7, 2)))[0]
    plane = principal_plane(flat @ basis.T + 5)
    expected = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    assert np.linalg.norm(plane[:, None] - plane[None], axis=2) == pytest.approx(expected)
    assert plane[:, 0].var() > plane[:, 1].var()
    assert principal_plane(flat[:, :1]).shape == (20, 2)
