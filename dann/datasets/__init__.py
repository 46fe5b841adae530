"""Domains: the data sets, their storage with labels apart from images, and the paired datamodule.

A data set is found by being there: ``from dann.datasets import MNIST`` looks through the modules below this
package, so that a new data set is one file and stands in no list.
"""

from typing import Any

from dann.core.registry import registered
from dann.datasets.augment import Augment
from dann.datasets.base import DomainDataset
from dann.datasets.own.arrays import Arrays
from dann.datasets.own.feature_table import FeatureTable
from dann.datasets.own.folder import Folder
from dann.datasets.own.table import Table
from dann.datasets.pair import DomainPair
from dann.datasets.storage.stored_domain import Samples, StoredDomain

# what is no data set, and those that own images are read by; every other name is found by `__getattr__`
__all__ = [
    'Arrays',
    'Augment',
    'DomainDataset',
    'DomainPair',
    'FeatureTable',
    'Folder',
    'Samples',
    'StoredDomain',
    'Table',
]


def __getattr__(name: str) -> Any:
    """Return the data set of a name."""
    # other names are those of modules, which importing would ask for before they are there
    found = registered(DomainDataset, __name__) if name[:1].isupper() else {}
    if name not in found:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return found[name]


def __dir__() -> list[str]:
    return sorted({*__all__, *registered(DomainDataset, __name__)})
