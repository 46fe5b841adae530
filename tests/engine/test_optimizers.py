"""Only an optimiser stands where one is named."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harness import configuration

from dann.core.errors import UserError
from dann.engine.experiment import ExperimentCLI
from dann.engine.optimizers import check_optimizer


def model(path: str) -> Any:
    return SimpleNamespace(init_args=SimpleNamespace(optimizer=SimpleNamespace(class_path=path)))


@pytest.mark.parametrize('path', ['os.system', 'torch.hub.load', 'torch.nn.Linear', 'subprocess.run'])
def test_what_is_no_optimiser_is_refused(path: str) -> None:
    with pytest.raises(
        UserError, match=rf'{path} is no optimiser; name a class that is derived from torch.optim'
    ):
        check_optimizer(model(path))


@pytest.mark.parametrize(
    'given', [model('torch.optim.Adam'), SimpleNamespace(init_args=SimpleNamespace()), None]
)
def test_optimisers_and_defaults_pass(given: Any) -> None:
    check_optimizer(given)


@pytest.mark.parametrize('path', ['os.system', 'subprocess.getoutput'])
def test_a_configuration_calls_no_function(path: str, tmp_path: Path) -> None:
    config = configuration()
    planted = tmp_path / 'planted'
    key = 'command' if path == 'os.system' else 'cmd'
    options = {'optimizer': {'class_path': path, 'init_args': {key: f'touch {planted}'}}}
    given = config['model'] | {'init_args': config['model']['init_args'] | options}
    with pytest.raises(UserError):
        ExperimentCLI({'model': given, 'data': config['data'], 'trainer': {'logger': False}}, run=False)
    assert not planted.exists()
