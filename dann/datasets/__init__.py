"""Domains: facts about each, the split of images from labels, the paired datamodule, the rendered pairs."""

from dann.datasets.amos import AMOS
from dann.datasets.arrays import Arrays
from dann.datasets.base import DomainDataset
from dann.datasets.bdd100k import BDD100K
from dann.datasets.digits import HandwrittenDigits, RenderedDigits
from dann.datasets.domainnet import DomainNet
from dann.datasets.exdark import ExDark
from dann.datasets.folder import Folder
from dann.datasets.gtsrb import GTSRB
from dann.datasets.image_clef_da import ImageCLEFDA
from dann.datasets.loading import Augment
from dann.datasets.mnist import MNIST
from dann.datasets.mnist_m import MNISTM
from dann.datasets.office31 import Office31
from dann.datasets.office_caltech10 import OfficeCaltech10
from dann.datasets.office_home import OfficeHome
from dann.datasets.pacs import PACS
from dann.datasets.pair import DomainPair
from dann.datasets.signs import SynSigns
from dann.datasets.stored import Samples, StoredDomain
from dann.datasets.street import Street
from dann.datasets.svhn import SVHN
from dann.datasets.syn_digits import SynDigits
from dann.datasets.table import Table
from dann.datasets.usps import USPS
from dann.datasets.visda2017 import VisDA2017

__all__ = [
    'AMOS',
    'BDD100K',
    'GTSRB',
    'MNIST',
    'MNISTM',
    'PACS',
    'SVHN',
    'USPS',
    'Arrays',
    'Augment',
    'DomainDataset',
    'DomainNet',
    'DomainPair',
    'ExDark',
    'Folder',
    'HandwrittenDigits',
    'ImageCLEFDA',
    'Office31',
    'OfficeCaltech10',
    'OfficeHome',
    'RenderedDigits',
    'Samples',
    'StoredDomain',
    'Street',
    'SynDigits',
    'SynSigns',
    'Table',
    'VisDA2017',
]
