"""What a check of a data set found, compared with what was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from planted import (
    Arrays,
    Planted,
)

from dann.datasets.checks import FAULTS, Check


def write(root: Path, arrays: Arrays) -> Path:
    path = root / 'own.npz'
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def found(check: Check) -> dict[str, set[str]]:
    """The files of every fault, by code."""
    return {
        finding.fault.code: {name for case in finding.cases for name in case.files}
        for finding in check.findings
    }


def assert_only(check: Check, planted: Planted) -> None:
    """Check that one fault was found, in the files where it was planted, and that the status says so."""
    code, names = planted
    assert {key: sorted(files) for key, files in found(check).items()} == {code: sorted(set(names))}
    assert check.status == (1 if FAULTS[code].severity == 'error' else 0)


def assert_all(check: Check, planted: list[Planted]) -> None:
    """Check that everything planted was found."""
    everything = found(check)
    for code, names in planted:
        assert set(names) <= everything.get(code, set()), code
    assert check.status == 1
