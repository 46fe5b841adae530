"""Several findings in one."""

from __future__ import annotations

from dann.audit.findings import Finding, combine


def test_several_findings_are_as_bad_as_the_worst() -> None:
    parts = [Finding('x', 'pass', 'a'), Finding('x', 'does not apply', 'b')]
    assert combine('x', parts) == Finding('x', 'pass', 'a; b')
    assert combine('x', [*parts, Finding('x', 'fail', 'c')]) == Finding('x', 'fail', 'c; a; b')
