"""The documents of two pairs with made-up results."""

from __future__ import annotations

from pathlib import Path

import pytest
from kept_results import write_runs

from dann.benchmarks.results.opened import suite_folders
from tools.documents import keep_results, write_documents
from tools.documents.kept import Kept, read_results


@pytest.fixture(scope='package')
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of documents with the results of two pairs."""
    runs, out = tmp_path_factory.mktemp('runs'), tmp_path_factory.mktemp('docs')
    write_runs(runs)
    assert [path.name for path in suite_folders(runs)] == ['day-to-night-scratch', 'sim-to-real-scratch']
    keep_results(runs, out)
    write_documents(out)
    return out


@pytest.fixture(scope='package')
def kept(docs: Path) -> list[Kept]:
    """The results that this folder keeps."""
    return read_results(docs)
