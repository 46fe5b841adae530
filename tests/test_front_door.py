"""What a Python user finds without knowing where it lies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from training import ALIGNMENTS, STYLES, TRAINING

import dann
from dann import methods, validators
from dann.core.registry import registered
from dann.core.validator import Validator

VALIDATORS = registered(Validator, 'dann.validators')


@pytest.mark.parametrize('name', [*ALIGNMENTS, *STYLES, *TRAINING])
def test_every_method_is_found_in_the_package_of_methods(name: str) -> None:
    kinds = {**TRAINING, **STYLES, **ALIGNMENTS}
    assert getattr(methods, name) is kinds[name]
    assert name in dir(methods)


@pytest.mark.parametrize('name', VALIDATORS)
def test_every_validator_is_found_in_the_package_of_validators(name: str) -> None:
    assert getattr(validators, name) is VALIDATORS[name]
    assert name in dir(validators)


def test_public_names_are_shown_and_others_are_not() -> None:
    assert dir(dann) == sorted(dann.__all__)
    assert all(getattr(dann, name) is not None for name in dir(dann))


@pytest.mark.parametrize('package', [methods, validators, dann])
def test_what_is_not_there_is_said(package: object) -> None:
    with pytest.raises(AttributeError, match=r"module 'dann.*' has no attribute 'DAN'"):
        _ = package.DAN  # type: ignore[attr-defined]


def test_the_front_door_opens_without_torch() -> None:
    code = 'import dann, dann.methods, sys; dir(dann); sys.exit("torch" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0


def test_the_training_in_the_quickstart_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = (Path(__file__).parents[1] / 'docs' / 'quickstart.md').read_text().split('```python')[1:]
    (block,) = (each.split('```')[0] for each in blocks if 'pl.Trainer' in each)
    short = block.replace('steps_per_epoch=100', 'steps_per_epoch=2').replace('max_epochs=5', 'max_epochs=1')
    assert short != block
    held: dict[str, Any] = {}
    exec(short, held)
    assert 0 <= held['evaluator'].scores['oracle/target_test_accuracy'] <= 1
