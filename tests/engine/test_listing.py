"""What is read from the source is what the classes say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from dann.core.errors import UserError
from dann.core.skeletons import UnclearSourceError
from dann.engine import catalogue, listing
from dann.engine.listing import BASES, LISTED

NO_TORCH = """
import sys
from dann.cli import main
for kind in ('methods', 'datasets', 'backbones', 'validators', 'fairness', 'online', 'pretraining', 'benchmarks'):
    assert main(['list', kind]) == 0
assert main(['list', 'datasets', '--show', 'Office31']) == 0
heavy = {'torch', 'pytorch_lightning', 'numpy', 'jsonargparse'} & set(sys.modules)
assert not heavy, heavy
"""


def test_the_bases_are_those_of_the_registry() -> None:
    registry = catalogue.REGISTRY.items()
    assert {
        kind: (f'{base.__module__}.{base.__name__}', package) for kind, (base, package) in registry
    } == BASES


@pytest.mark.parametrize('kind', LISTED)
def test_the_source_says_what_the_classes_say(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, 'rows_of', None)  # the source alone is enough
    read = listing.rows_of(kind)
    assert read == listing.listed(kind, catalogue._imported)
    assert len(read) >= 3


def test_every_data_set_is_described_as_its_class_does() -> None:
    names = [row['name'] for row in listing.rows_of('datasets')]
    for name in names:
        assert listing.describe_dataset(name) == catalogue.describe_dataset(name)
    assert listing.described('Office31', listing._read)['sizes'] == 'amazon 2817, dslr 498, webcam 795'


def test_where_the_source_leaves_it_open_the_classes_are_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def unclear(kind: str) -> Mapping[str, type[Any]]:
        raise UnclearSourceError(kind)

    monkeypatch.setattr(listing, '_read', unclear)
    assert listing.rows_of('validators') == catalogue.rows_of('validators')
    assert listing.describe_dataset('Office31') == catalogue.describe_dataset('Office31')
    with pytest.raises(UserError, match="did you mean 'Office31'"):
        listing.describe_dataset('Office13')


def test_listing_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, '-c', NO_TORCH], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
