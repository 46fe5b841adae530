"""Every row of the catalogue passes, and what can be audited."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from harness import configuration, write

from dann.audit.audit import Audit
from dann.audit.rows import rows
from dann.cli import main
from dann.core.errors import UserError
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
    assert {finding.verdict for finding in findings.values()} <= {'pass', 'does not apply'}, findings


def test_a_run_s_own_configuration_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / 'config.yaml'
    whole = configuration()
    run = {key: whole[key] for key in ('model', 'data')} | {'seed_everything': 3, 'ckpt_path': None}
    path.write_text(yaml.safe_dump(run | {'trainer': {'max_epochs': 5, 'gradient_clip_val': 1.0}}))
    (row,) = rows(str(path))
    assert (row.benchmark, row.name) == (tmp_path.name, 'run')
    assert row.config['trainer'] == {'gradient_clip_val': 1.0}
    assert row.config['seed_everything'] == 3
    with pytest.raises(UserError, match='has no rows; leave --methods out'):
        rows(str(path), ['dann'])


def test_a_suite_has_the_rows_of_each_benchmark() -> None:
    found = rows('catalogue', ['source_only', 'dann'])
    assert [(row.benchmark, row.name) for row in found] == [
        ('day-to-night', 'source_only'),
        ('day-to-night', 'dann'),
        ('sim-to-real', 'source_only'),
        ('sim-to-real', 'dann'),
    ]


def test_an_unknown_row_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['audit', write(tmp_path), '--methods', 'dan']) == 2
    assert 'unknown method' in capsys.readouterr().err


def test_too_few_steps_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['audit', write(tmp_path), '--steps', '4']) == 2
    assert 'expected `--steps` of at least 8, got 4' in capsys.readouterr().err
