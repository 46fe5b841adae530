"""A sound class and every row of the catalogue pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from audited import audited
from harness import configuration

from dann.audit.audit import Audit
from dann.audit.rows import rows
from dann.engine.catalogue import rows as catalogue


@pytest.fixture(scope='module')
def audit() -> Audit:
    """One for all rows, which share their data."""
    return Audit()


@pytest.mark.slow
@pytest.mark.parametrize('name', catalogue())
def test_every_row_of_the_catalogue_passes(name: str, audit: Audit, tmp_path: Path) -> None:
    config = configuration(methods={name: catalogue()[name]})
    config['model']['init_args']['backbone']['init_args']['batch_norm'] = True
    (tmp_path / 'toy.yaml').write_text(yaml.safe_dump(config))
    (row,) = rows(str(tmp_path / 'toy.yaml'))
    findings = {finding.check: finding for finding in audit.findings(row)}
    assert len(findings) == 8
    if name == 'can':  # its term is 0 before the first clusters, where the gradient is looked at
        assert findings.pop('gradient sign').verdict == 'undecided'
    assert {finding.verdict for finding in findings.values()} <= {'pass', 'does not apply'}, findings


@pytest.mark.slow
def test_a_sound_third_party_class_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, findings = audited('Sound', tmp_path, capsys, batch_norm=False)
    assert status == 0
    assert {finding['verdict'] for finding in findings.values()} == {'pass'}
    assert len(findings) == 8
