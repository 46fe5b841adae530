"""What every test shares."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault(
    'OMP_NUM_THREADS', '1'
)  # read when NumPy's libraries load; there is a process for each core

import torch

# a busy machine is no failure, and a checkout stays as it was
settings.register_profile('dann', deadline=None, database=None)
settings.load_profile('dann')

if find_spec('torchvision'):
    # the registry's torchvision is built against CUDA torch; beside CPU torch it imports once these exist
    _LIBRARY = torch.library.Library('torchvision', 'DEF')  # type: ignore[no-untyped-call]
    for _name in ('nms', 'qnms'):
        _LIBRARY.define(f'{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')  # type: ignore[no-untyped-call]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the seed of the order that the tests ran in: `-q` leaves out the header that has it."""
    seed = config.getoption('randomly_seed', None)
    if seed is not None:
        terminalreporter.write_line(f'in random order; the same again with `pytest --randomly-seed={seed}`')


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Start every test from one state of torch's generator, whatever ran before it."""
    torch.default_generator.manual_seed(0)  # torch.manual_seed also queues seeds for every absent device


@pytest.fixture(autouse=True, scope='session')
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Draw data into a folder of this session's, on one thread."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp('cache')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('DANN_CACHE', str(folder))
        patch.setenv('WANDB_MODE', 'offline')
        yield folder


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process, from the folder of the toy pair; return status, output and errors."""
    from dann.cli import main

    monkeypatch.chdir(Path(__file__).parent / 'support')

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call
