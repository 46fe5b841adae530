"""The toy pair, and third parties' classes on it, as the audit sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness import configuration, write
from training import pair

from dann.audit.sample import sample_pair
from dann.cli import main
from dann.datasets import DomainPair


def ready(**options: Any) -> DomainPair:
    data = pair(**options)
    data.prepare_data()
    data.setup()
    return data


def small(data: DomainPair) -> DomainPair:
    return sample_pair(data, batch_size=8, steps_per_epoch=4, train=16)


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
    places = {'LeakedLabels': 'class_path', 'LeakedGroups': 'class_path', 'AwayFromTheTarget': 'style'}
    place = places.get(name, 'alignment')
    data = configuration()['data']
    if name == 'LeakedGroups':
        for side in ('source', 'target'):
            data[side]['init_args']['groups'] = ['dusk', 'night']
    config = write(
        folder,
        data=data,
        model={'class_path': 'AdaptationModule', 'init_args': {'backbone': backbone, 'bottleneck': 6}},
        methods={'planted': {place: f'audit_faults.{name}'}},
    )
    status = main(['audit', config, '--json'])
    (report,) = json.loads(capsys.readouterr().out)
    return status, {finding['check']: finding for finding in report['findings']}


def assert_found(
    fault: str, check: str, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command fails on a planted fault, and the check's evidence names it."""
    status, findings = audited(fault, folder, capsys)
    assert status == 1
    assert findings[check]['verdict'] == 'fail'
    assert words in findings[check]['evidence']
