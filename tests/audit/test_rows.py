"""Which rows of a configuration are audited."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from harness import configuration

from dann.audit.rows import rows
from dann.core.errors import UserError


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
        ('day-to-night-scratch', 'source_only'),
        ('day-to-night-scratch', 'dann'),
        ('sim-to-real-scratch', 'source_only'),
        ('sim-to-real-scratch', 'dann'),
    ]
