"""PACS."""

from __future__ import annotations

from typing import ClassVar

from dann.datasets.storage.file_domain import Item
from dann.datasets.storage.layouts import class_folders
from dann.datasets.storage.named_domain import NamedDomain


class PACS(NamedDomain):
    """7 classes as photographs, art paintings, cartoons and sketches.

    Reference:
        `Deeper, Broader and Artier Domain Generalization <https://arxiv.org/abs/1710.03077>`_ (Li et al., ICCV
        2017).
    """

    classes = ('dog', 'elephant', 'giraffe', 'guitar', 'horse', 'house', 'person')
    title = 'PACS'
    slug = 'pacs'
    folders = ('PACS', 'pacs', 'PACS/kfold', 'pacs/images', 'kfold')
    domains = ('photo', 'art_painting', 'cartoon', 'sketch')
    licence = 'none stated by the authors; research'
    homepage = 'https://domaingeneralization.github.io/#data'
    layout = 'PACS/<domain>/<class>/<image>'
    sizes: ClassVar = {'photo': 1670, 'art_painting': 2048, 'cartoon': 2344, 'sketch': 3929}

    def index(self) -> list[Item]:
        """List the folders of the classes."""
        return class_folders(self.inside(self.domain), self.classes)
