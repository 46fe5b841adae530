"""The committed documents are those of the code and the kept results."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.documents import documents

DOCS = Path(__file__).parents[3] / 'docs'


@pytest.mark.parametrize(
    'name',
    [
        'methods.md',
        'benchmarks.md',
        'reproductions.md',
        'strategies.md',
        'studies.md',
        'fairness.md',
        'how-to/monitoring.md',
    ],
)
def test_the_committed_document_is_what_make_docs_writes(name: str) -> None:
    assert (DOCS / name).read_text() == documents(DOCS)[name], f'docs/{name} is stale; run `make docs`'
