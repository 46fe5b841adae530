"""The figure of the catalogue."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.documents import write_documents
from tools.documents.forest import FIGURE, in_rows, source_of
from tools.documents.kept import Kept, read_results

DOCS = Path(__file__).parents[3] / 'docs'


def test_the_committed_figure_shows_the_kept_results() -> None:
    kept = read_results(DOCS)
    if not kept:
        pytest.skip('the catalogue has not been measured yet')
    with Image.open(DOCS / FIGURE) as image:
        assert image.info.get('Source') == source_of(kept), f'docs/{FIGURE} is stale; run `make docs`'


def test_the_figure_has_ink_and_names_its_source(docs: Path, kept: list[Kept]) -> None:
    data = (docs / FIGURE).read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        assert image.info['Source'] == source_of(kept)
        pixels = np.asarray(image.convert('RGB'))
    assert pixels.std() > 10
    assert [name for _, name in in_rows(kept)][:2] == ['cdan', 'dann']
    write_documents(docs)
    assert (docs / FIGURE).read_bytes() == data
