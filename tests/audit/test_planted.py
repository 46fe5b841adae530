"""Planted faults are found, and named, by the command itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness import write

from dann.cli import main

FAULTS = {
    'LeakedLabels': ('label firewall', 'a target label leaks into training'),
    'DeadCritic': ('liveness', 'alignment.critic is dead: no gradient reaches its 2 parameters'),
    'DrivenApart': ('gradient sign', 'it drives the domains apart'),
    'NotReversed': ('gradient sign', 'the gradient is not reversed'),
    'IgnoredTarget': ('target data', 'the target batch is ignored'),
    'HiddenCounter': ('exact resume', 'a hidden counter: alignment.calls ends at 16'),
    'AwayFromTheTarget': ('gradient sign', 'it drives them apart'),
    'Uncertain': ('gradient sign', 'both go the wrong way'),
    'NotANumber': ('finite numbers', 'loss/gap became nan at step'),
    'Unseeded': ('determinism', 'something draws outside the seeded generators'),
}


def audited(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str], *, batch_norm: bool = True
) -> tuple[int, dict[str, dict[str, str]]]:
    """The status of the command on a third party's class, and its findings by check."""
    backbone: dict[str, Any] = {
        'class_path': 'ConvNet',
        'init_args': {
            'image_size': 8,
            'channels': [8],
            'kernels': [3],
            'pools': [2],
            'batch_norm': batch_norm,
        },
    }
    place = {'LeakedLabels': 'class_path', 'AwayFromTheTarget': 'style'}.get(name, 'alignment')
    config = write(
        folder,
        model={'class_path': 'AdaptationModule', 'init_args': {'backbone': backbone, 'bottleneck': 6}},
        methods={'planted': {place: f'audit_faults.{name}'}},
    )
    status = main(['audit', config, '--json'])
    (report,) = json.loads(capsys.readouterr().out)
    return status, {finding['check']: finding for finding in report['findings']}


ALSO = ('Uncertain', 'NotANumber', 'Unseeded')


@pytest.mark.parametrize(
    'name', [pytest.param(name, marks=pytest.mark.slow) if name in ALSO else name for name in FAULTS]
)
def test_a_planted_fault_fails_and_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, findings = audited(name, tmp_path, capsys)
    check, words = FAULTS[name]
    assert status == 1
    assert findings[check]['verdict'] == 'fail'
    assert words in findings[check]['evidence']


@pytest.mark.slow
def test_a_sound_third_party_class_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, findings = audited('Sound', tmp_path, capsys, batch_norm=False)
    assert status == 0
    assert {finding['verdict'] for finding in findings.values()} == {'pass'}
    assert len(findings) == 8
