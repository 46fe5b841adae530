"""Every data set is found by being there, and each has a mirror test that reads it from a layout."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import dann.datasets
from dann.core.registry import registered
from dann.datasets import DomainDataset
from dann.datasets.storage.named_domain import NamedDomain

KINDS = registered(DomainDataset, 'dann.datasets')


@pytest.mark.parametrize('name', KINDS)
def test_a_data_set_is_imported_by_its_name(name: str) -> None:
    assert getattr(dann.datasets, name) is KINDS[name]
    assert name in dir(dann.datasets)


def test_a_name_that_nobody_has_is_no_attribute() -> None:
    for name in ('MNISTT', 'mnist', '__wrapped__'):
        with pytest.raises(AttributeError, match=f"module 'dann.datasets' has no attribute '{name}'"):
            getattr(dann.datasets, name)


def test_a_new_data_set_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'new_set.py').write_text(
        'from dann.datasets.published.office31 import Office31\n\n\nclass NewSet(Office31):\n    slug = "new"\n'
    )
    package = sys.modules['dann.datasets.published']
    monkeypatch.setattr(package, '__path__', [*package.__path__, str(tmp_path)])
    kind = dann.datasets.NewSet
    kind.__module__ = 'gone'  # or other tests would find the class
    del sys.modules['dann.datasets.published.new_set'], package.new_set
    assert kind.slug == 'new'


@pytest.mark.parametrize('name', KINDS)
def test_a_data_set_has_a_mirror_test_that_reads_it(name: str) -> None:
    kind = KINDS[name]
    parts = kind.__module__.split('.')[1:]
    folder = Path(__file__).parents[1].joinpath(*parts[:-1])
    # or, where a data set is a whole package, that of the package
    tests = [
        path for path in (folder / f'test_{parts[-1]}.py', folder / f'test_{parts[-2]}.py') if path.exists()
    ]
    mirror = folder / f'test_{parts[-1]}.py'
    assert tests, f'{name} has no test; write {mirror} with a layout of it'
    text = tests[0].read_text()
    assert name in text, f'{mirror} does not test {name}'
    if NamedDomain in kind.__bases__ and name != 'BDD100K':  # which has a layout of its own
        assert 'NamedSetTests' in text, f'{mirror} has no layout of {name}; derive a class from NamedSetTests'
