"""Domains: facts about each, the split of images from labels, the paired datamodule, the rendered pairs."""

from dann.datasets.base import DomainDataset
from dann.datasets.loading import Augment
from dann.datasets.own.arrays import Arrays
from dann.datasets.own.folder import Folder
from dann.datasets.own.table import Table
from dann.datasets.pair import DomainPair
from dann.datasets.published.amos import AMOS
from dann.datasets.published.bdd100k import BDD100K
from dann.datasets.published.domainnet import DomainNet
from dann.datasets.published.exdark import ExDark
from dann.datasets.published.gtsrb import GTSRB
from dann.datasets.published.image_clef_da import ImageCLEFDA
from dann.datasets.published.mnist import MNIST
from dann.datasets.published.mnist_m import MNISTM
from dann.datasets.published.office31 import Office31
from dann.datasets.published.office_caltech10 import OfficeCaltech10
from dann.datasets.published.office_home import OfficeHome
from dann.datasets.published.pacs import PACS
from dann.datasets.published.svhn import SVHN
from dann.datasets.published.usps import USPS
from dann.datasets.published.visda2017 import VisDA2017
from dann.datasets.rendered.digits import HandwrittenDigits, RenderedDigits
from dann.datasets.rendered.signs import SynSigns
from dann.datasets.rendered.street import Street
from dann.datasets.rendered.syn_digits import SynDigits
from dann.datasets.storage.stored_domain import Samples, StoredDomain

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
