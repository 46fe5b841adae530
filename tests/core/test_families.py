"""One entry makes a family known to reports, figures and the audit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from audit_faults import DrivenApart
from harness import write

from dann.audit.audit import Audit
from dann.audit.gradients.check import JUDGES, gradient_sign
from dann.audit.rows import rows
from dann.benchmarks.report import verdicts
from dann.core import families
from dann.core.families import FAMILIES, Family, Sign, expected_sign, family_name, in_order
from dann.core.frozen import frozen
from dann.reporting import palette


@pytest.fixture
def topological(monkeypatch: pytest.MonkeyPatch) -> None:
    """A family that nobody has yet, as one more entry of the table."""
    entry = Family('Topological', '#123456', 'aligning')
    before = dict(list(FAMILIES.items())[:3])
    monkeypatch.setattr(families, 'FAMILIES', frozen(before | {'topological': entry} | dict(FAMILIES)))


@pytest.mark.usefixtures('topological')
def test_an_entry_is_all_that_a_new_family_needs() -> None:
    assert verdicts.family_name('topological') == 'Topological'
    assert verdicts.in_order(['style', 'topological', 'mmd']) == ['mmd', 'topological', 'style']
    assert palette.family_colours(['topological'])['topological'] == '#123456'
    assert expected_sign('topological') == 'aligning'


@pytest.mark.usefixtures('topological')
def test_the_audit_judges_a_new_family_by_the_sign_of_its_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('dann.audit.audit.CHECKS', {'gradient sign': gradient_sign})
    monkeypatch.setattr(DrivenApart, 'family', 'topological')
    (row,) = rows(write(tmp_path, methods={'planted': {'alignment': 'audit_faults.DrivenApart'}}))
    found = {finding.check: finding for finding in Audit().findings(row)}
    assert found['gradient sign'].verdict == 'fail'
    assert 'it drives the domains apart' in found['gradient sign'].evidence


def test_colours_and_labels_differ() -> None:
    own = [family.colour for family in FAMILIES.values() if family.colour is not None]
    assert len(set(own)) == len(own)
    assert all(re.fullmatch('#[0-9a-fA-F]{6}', colour) for colour in own)
    assert not set(own) & set(families.SPARE_COLOURS)
    labels = [family.label for family in FAMILIES.values()]
    assert len(set(labels)) == len(labels)


def test_figures_keep_the_colours_that_readers_know() -> None:
    colours = palette.family_colours([])
    assert colours['adversarial'] == '#0072B2'
    assert colours['mmd'] == '#E69F00'
    assert colours['style'] == '#009E73'
    assert colours['combined'] == '#D55E00'
    assert colours['reference'] == '#6b6b6b'
    assert palette.family_colours(['few labels'])['few labels'] == '#7fbc41'


def test_every_sign_has_a_judge() -> None:
    assert JUDGES.keys() == set(get_args(Sign))


def test_a_family_that_the_table_lacks_is_printed_last_with_a_spare_colour_and_no_sign() -> None:
    assert family_name('quantum leaps') == 'Quantum leaps'
    assert in_order(['quantum leaps', 'style', 'mmd']) == ['mmd', 'style', 'quantum leaps']
    assert palette.family_colours(['quantum leaps'])['quantum leaps'] in families.SPARE_COLOURS
    assert expected_sign('quantum leaps') is None
