"""Rows of images show the right ones, without new colours."""

import io
from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import write_folder
from figures import leave_out_pdf
from PIL import Image

from dann.benchmarks.report.strips import contact_strips, domain_strips, sheet_of
from dann.benchmarks.report.table_builder import build_table
from dann.benchmarks.results.opened import Results
from dann.core.errors import RunError


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_pdf(monkeypatch)


ROWS = {'source_only': [0.6], 'fda': [0.7, 0.71]}


def colours(png: bytes) -> set[tuple[int, ...]]:
    with Image.open(io.BytesIO(png)) as image:
        return {tuple(map(int, each)) for each in np.asarray(image.convert('RGB')).reshape(-1, 3)}


def test_sample_images_are_enlarged_without_new_colours(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, ROWS))
    strips = domain_strips(results, build_table(results.records, results.benchmark))
    assert [strip.label.split('\n') for strip in strips] == [
        ['source', 'street/day'],
        ['target', 'street/night'],
        ['source by', 'fda'],
    ]
    found = colours(sheet_of(strips)['png'])
    with np.load(results.leftovers('fda', 'samples.npz')[0]) as samples:
        for name, strip in zip(('source', 'target', 'stylised'), strips, strict=True):
            drawn = samples[name][:8].transpose(0, 2, 3, 1)
            assert {tuple(map(int, colour)) for colour in drawn.reshape(-1, 3)} <= found
            assert len(strip.tiles) == 8
            with Image.open(io.BytesIO(strip.tiles[3])) as tile:
                assert np.array_equal(np.asarray(tile), drawn[3])


def test_grey_images_are_drawn_too(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'fda': [0.7]}, pictures=False))
    grey = np.full((3, 1, 8, 8), 77, np.uint8)
    np.savez(next(iter(results.jobs)) / 'samples.npz', source=grey, target=grey + 20, stylised=grey + 40)
    strips = domain_strips(results, build_table(results.records, {}))
    assert {(77,) * 3, (97,) * 3, (117,) * 3} <= colours(sheet_of(strips)['png'])
    assert colours(strips[0].tiles[0]) == {(77, 77, 77)}


def test_no_images_give_no_strips_and_broken_ones_an_error(tmp_path: Path) -> None:
    results = Results.open(write_folder(tmp_path, {'source_only': [0.6]}, pictures=False))
    table = build_table(results.records, results.benchmark)
    assert domain_strips(results, table) == contact_strips(results) == []
    (next(iter(results.jobs)) / 'samples.npz').write_bytes(b'PK, but not a zip file')
    with pytest.raises(RunError, match=r'cannot read .*samples\.npz .*; delete .*source_only-seed0'):
        domain_strips(results, table)
