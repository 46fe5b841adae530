"""Domains: facts about each, the split of images from labels, the paired datamodule, the rendered pairs."""

from dann.datasets.base import DomainDataset, RenderedDomain, Samples
from dann.datasets.digits import HandwrittenDigits, RenderedDigits
from dann.datasets.loading import Augment
from dann.datasets.pair import DomainPair
from dann.datasets.street import Street

__all__ = [
    'Augment',
    'DomainDataset',
    'DomainPair',
    'HandwrittenDigits',
    'RenderedDigits',
    'RenderedDomain',
    'Samples',
    'Street',
]
