"""What is installed: one package, with its configurations and templates."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_wheel_holds_the_package_its_configurations_and_templates(tmp_path: Path) -> None:
    root = Path(__file__).parent.parent
    command = [sys.executable, '-m', 'pip', 'wheel', '-q', '--no-deps', '-w', str(tmp_path), str(root)]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(tmp_path.glob('dann-*.whl'))) as wheel:
        names = wheel.namelist()
    assert {name.split('/')[0].split('-')[0] for name in names} == {'dann'}
    for name in (
        'configs/day-to-night.yaml',
        'configs/sim-to-real.yaml',
        'benchmarks/report/templates/report.html.j2',
        'datasets/published/bdd100k_wrong_tags.txt',
    ):
        assert f'dann/{name}' in names
    assert 'dann/py.typed' in names
