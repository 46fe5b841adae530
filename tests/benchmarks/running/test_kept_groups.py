"""Predictions on groups are kept whole and read back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fairness_fake import predictions
from grouped_draws import drawn

from dann.benchmarks.running.kept_groups import groups_path, keep_groups, kept_groups
from dann.core.errors import RunError


def test_both_domains_are_read_back_as_they_were(tmp_path: Path) -> None:
    grouped = {'target': drawn(), 'source': predictions((80, 160))}
    keep_groups(tmp_path, 300, grouped)
    found = kept_groups(groups_path(tmp_path, 300))
    assert found.keys() == grouped.keys()
    for domain, each in grouped.items():
        assert found[domain].figures == each.figures
        assert found[domain].names == each.names
        assert np.array_equal(found[domain].confidence, each.confidence)


def test_where_no_domain_has_groups_nothing_is_kept(tmp_path: Path) -> None:
    keep_groups(tmp_path, 300, {})
    assert not any(tmp_path.iterdir())


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = groups_path(tmp_path, 1)
    path.parent.mkdir()
    path.write_bytes(b'no archive')
    with pytest.raises(RunError, match=r'step-00001\.npz'):
        kept_groups(path)
