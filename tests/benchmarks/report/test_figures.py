"""Figures are images of the right things, the same bytes every time."""

import io
from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import record, write_folder
from PIL import Image

from dann.benchmarks.report.figures import accuracy_chart, average_curve, score_curves
from dann.benchmarks.report.pictures import confusion_matrices, domain_sheet, feature_map, principal_plane
from dann.benchmarks.report.table import Table
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.folder import Folder, open_folder
from dann.core.errors import RunError
from dann.core.families import FAMILIES
from dann.reporting.palette import family_colours


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    rows = {'source_only': [0.6, 0.62], 'dann': [0.8], 'fda': [0.7, 0.71], 'target_supervised': [0.9, 0.92]}
    return open_folder(write_folder(tmp_path_factory.mktemp('fake'), rows))


@pytest.fixture(scope='module')
def table(folder: Folder) -> Table:
    return build_table(folder.records, folder.benchmark)


def pixels(png: bytes | None) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    assert png is not None
    return np.asarray(Image.open(io.BytesIO(png)).convert('RGB'))


def test_every_figure_is_an_image_with_ink(folder: Folder, table: Table) -> None:
    for png in (
        accuracy_chart(table),
        score_curves(folder.records, table),
        domain_sheet(folder, table),
        feature_map(folder, table),
        confusion_matrices(folder, table),
    ):
        image = pixels(png)
        assert min(image.shape[:2]) > 300
        assert image.std() > 10


def test_an_interval_beyond_the_axis_does_not_widen_the_chart(tmp_path: Path) -> None:
    folder = open_folder(write_folder(tmp_path, {'source_only': [0.2, 0.9], 'dann': [0.1, 0.8]}))
    wide = build_table(folder.records, folder.benchmark)
    assert wide.main(wide.rows[0]).accuracy.half_width > 1  # type: ignore[operator, union-attr]
    assert pixels(accuracy_chart(wide)).shape[1] < 1400


def test_the_chart_has_the_same_bytes_every_time(table: Table) -> None:
    assert accuracy_chart(table) == accuracy_chart(table)
    svg = accuracy_chart(table, 'svg')
    assert svg == accuracy_chart(table, 'svg')
    assert b'<svg' in svg
    assert b'<dc:date>' not in svg


def test_sample_images_are_enlarged_without_new_colours(folder: Folder, table: Table) -> None:
    found = {tuple(colour) for colour in pixels(domain_sheet(folder, table)).reshape(-1, 3)}
    with np.load(folder.leftovers('fda', 'samples.npz')[0]) as samples:
        for name in ('source', 'target', 'stylised'):
            drawn = samples[name][:8].transpose(0, 2, 3, 1).reshape(-1, 3)
            assert {tuple(colour) for colour in drawn} <= found


def test_grey_images_are_drawn_too(tmp_path: Path) -> None:
    folder = open_folder(write_folder(tmp_path, {'fda': [0.7]}, pictures=False))
    grey = np.full((3, 1, 8, 8), 77, np.uint8)
    np.savez(next(iter(folder.jobs)) / 'samples.npz', source=grey, target=grey + 20, stylised=grey + 40)
    found = {
        tuple(map(int, colour))
        for colour in pixels(domain_sheet(folder, build_table(folder.records, {}))).reshape(-1, 3)
    }
    assert {(77,) * 3, (97,) * 3, (117,) * 3} <= found


def test_missing_leftovers_give_no_figure_and_broken_ones_an_error(tmp_path: Path) -> None:
    folder = open_folder(write_folder(tmp_path, {'source_only': [0.6]}, pictures=False))
    table = build_table(folder.records, folder.benchmark)
    assert domain_sheet(folder, table) is None
    assert feature_map(folder, table) is None
    assert confusion_matrices(folder, table) is None
    job = next(iter(folder.jobs))
    for name, draw in (('features.npz', feature_map), ('samples.npz', domain_sheet)):
        (job / name).write_bytes(b'PK, but not a zip file')
        with pytest.raises(RunError, match=rf'cannot read .*{name} .*; delete .*source_only-seed0'):
            draw(folder, table)
    np.savez(job / 'features.npz', source=np.zeros((2, 2)))
    with pytest.raises(RunError, match="expected an array 'target', got source"):
        feature_map(folder, table)


def test_the_plane_keeps_the_distances_of_points_in_a_plane() -> None:
    generator = np.random.default_rng(0)
    flat = generator.normal(size=(20, 2)) * (3, 1)
    basis = np.linalg.qr(generator.normal(size=(7, 2)))[0]
    plane = principal_plane(flat @ basis.T + 5)
    expected = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    assert np.linalg.norm(plane[:, None] - plane[None], axis=2) == pytest.approx(expected)
    assert plane[:, 0].var() > plane[:, 1].var()
    assert principal_plane(flat[:, :1]).shape == (20, 2)


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


def test_families_keep_their_colours() -> None:
    colours = family_colours(['style', 'zeta', 'alpha'])
    assert colours['style'] == FAMILIES['style'].colour
    assert len(set(colours.values())) == len(colours)
    assert colours == family_colours(['alpha', 'zeta'])
