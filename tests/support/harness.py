"""A benchmark on the toy pair, run as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


def configuration(**changes: Any) -> dict[str, Any]:
    """A benchmark of twenty steps, evaluated four times."""
    backbone = {
        'class_path': 'ConvNet',
        'init_args': {'image_size': 8, 'channels': [8], 'kernels': [3], 'pools': [2]},
    }
    return {
        'title': 'Toy squares',
        'seeds': 2,
        'steps': 20,
        'evaluations': 4,
        'model': {'class_path': 'AdaptationModule', 'init_args': {'backbone': backbone, 'bottleneck': 6}},
        'data': {
            'source': {'class_path': 'toy.Toy', 'init_args': {'domain': 'a'}},
            'target': {'class_path': 'toy.Toy', 'init_args': {'domain': 'b'}},
            'batch_size': 8,
        },
        'methods': {
            'source_only': {},
            'slow': {'alignment': 'slow_loss.Slow'},
            'fda': {'style': 'FDA'},
            'target_supervised': {'reference': True},
        },
    } | changes


def write(folder: Path, **changes: Any) -> str:
    """Write the benchmark as ``toy.yaml`` and return its path."""
    path = folder / 'toy.yaml'
    path.write_text(yaml.safe_dump(configuration(**changes), sort_keys=False))
    return str(path)


def start(*arguments: str, cwd: Path = HERE, **environment: str) -> subprocess.Popen[str]:
    """Start ``dann`` in a session of its own."""
    return subprocess.Popen(
        [sys.executable, '-m', 'dann', *arguments],
        cwd=cwd,
        env=os.environ | {'OMP_NUM_THREADS': '1'} | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def dann(*arguments: str, cwd: Path = HERE, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``dann`` to its end."""
    with start(*arguments, cwd=cwd, **environment) as process:
        out, err = process.communicate(timeout=240)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def assert_refused(answer: tuple[int, str, str], *words: str, status: int = 2) -> None:
    """Check for one line on the error stream that holds ``words``, and for the status."""
    code, _, err = answer
    assert code == status, err
    lines = [line for line in err.splitlines() if line.startswith('dann: ')]
    assert len(lines) == 1, err
    assert 'Traceback' not in err
    for word in words:
        assert word in lines[0]
