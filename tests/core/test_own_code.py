"""Hashes of code outside the package: of classes, their bases, and what they are made of."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from dann.core.own_code import in_full, own_code
from dann.core.schedules import Linear

BASE = 'from dann.core.remembered import Remembered\n\nclass Base(Remembered):\n    pass\n'
STAGE = (
    'from own_base_here import Base\n\nclass Stage(Base):\n    def __init__(self, part=None):\n        pass\n'
)
LAYER = 'from torch import nn\n\nclass Layer(nn.Module):\n    pass\n'


@pytest.fixture
def classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Three files of a reader's own: a base, a class of it, and a layer."""
    for name, text in (('own_base_here', BASE), ('own_stage_here', STAGE), ('own_layer_here', LAYER)):
        (tmp_path / f'{name}.py').write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    return import_module('own_stage_here').Stage, import_module('own_layer_here').Layer


@pytest.mark.parametrize('name', ['own_base_here', 'own_stage_here', 'own_layer_here'])
@pytest.mark.parametrize('held', ['option', 'list', 'layer'])
def test_the_file_of_every_base_and_part_counts(classes: Any, tmp_path: Path, name: str, held: str) -> None:
    stage, layer = classes
    made: Any = {
        'option': lambda: [stage(layer())],
        'list': lambda: [stage([{'a': layer()}])],
        'layer': lambda: [stage(), nn.Sequential(nn.ReLU(), layer())],
    }[held]
    before = own_code(*made())
    assert own_code(*made()) == before
    path = tmp_path / f'{name}.py'
    path.write_text(path.read_text() + '# edited\n')
    assert own_code(*made()) != before


def test_code_of_the_package_and_of_torch_does_not_count() -> None:
    assert own_code(Linear(), nn.Sequential(nn.ReLU())) == ''


def test_a_class_that_was_typed_is_known_by_its_name() -> None:
    one, other = (type(name, (), {'__module__': '__typed__'}) for name in ('One', 'Other'))
    assert own_code(one()) != own_code(other())


def test_an_object_in_full_has_class_attributes_and_code(classes: Any) -> None:
    stage, _ = classes
    name, attributes, code = in_full(Linear())
    assert (name, code) == ('dann.core.schedules.Linear', '')
    assert attributes == repr(sorted(vars(Linear()).items()))
    assert in_full(stage())[2] == own_code(stage()) != ''
