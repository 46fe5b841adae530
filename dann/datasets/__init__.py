"""Domains: the data sets, their storage with labels apart from images, and the paired datamodule.

A data set is found by being there: ``from dann.datasets import MNIST`` looks through the modules below this
package, so that a new data set is one file and stands in no list.
"""

from dann.core.registry import found_by_name, registered
from dann.datasets.augment import Augment
from dann.datasets.base import DomainDataset
from dann.datasets.own.arrays import Arrays
from dann.datasets.own.feature_table import FeatureTable
from dann.datasets.own.folder import Folder
from dann.datasets.own.table import Table
from dann.datasets.pair import DomainPair
from dann.datasets.storage.stored_domain import Samples, StoredDomain

# what is no data set, and those that own images are read by; every other name is found in its file
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

__getattr__, __dir__ = found_by_name(__name__, lambda: registered(DomainDataset, __name__), __all__)
