"""Domains: facts about each, the split of images from labels, the paired datamodule, the rendered pairs."""

from dann.datasets.arrays import Arrays
from dann.datasets.base import DomainDataset
from dann.datasets.digits import HandwrittenDigits, RenderedDigits
from dann.datasets.folder import Folder
from dann.datasets.gtsrb import GTSRB
from dann.datasets.loading import Augment
from dann.datasets.mnist import MNIST
from dann.datasets.mnist_m import MNISTM
from dann.datasets.pair import DomainPair
from dann.datasets.signs import SynSigns
from dann.datasets.stored import Samples, StoredDomain
from dann.datasets.street import Street
from dann.datasets.syn_digits import SynDigits
from dann.datasets.table import Table
from dann.datasets.svhn import SVHN
from dann.datasets.usps import USPS

__all__ = [
    'GTSRB',
    'MNIST',
    'MNISTM',
    'SVHN',
    'USPS',
    'Arrays',
    'Augment',
    'DomainDataset',
    'DomainPair',
    'Folder',
    'HandwrittenDigits',
    'RenderedDigits',
    'Samples',
    'StoredDomain',
    'Street',
    'SynDigits',
    'SynSigns',
    'Table',
]
