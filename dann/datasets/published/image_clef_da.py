"""ImageCLEF-DA."""

from __future__ import annotations

from typing import ClassVar

from dann.datasets.storage.file_domain import Item
from dann.datasets.storage.layouts import listed
from dann.datasets.storage.named_domain import NamedDomain


class ImageCLEFDA(NamedDomain):
    """12 classes that Bing (b), Caltech-256 (c), ImageNet 2012 (i) and Pascal VOC 2012 (p) share, 50 images each.

    Labels are those of the lists. Their first column may name a file with or without folders.

    Reference:
        `ImageCLEF 2014 domain adaptation challenge <https://www.imageclef.org/2014/adaptation>`_, as used since
        `Deep Transfer Learning with Joint Adaptation Networks <https://arxiv.org/abs/1605.06636>`_ (Long et al.,
        ICML 2017).
    """

    classes = (
        'aeroplane', 'bike', 'bird', 'boat', 'bottle', 'bus', 'car', 'dog', 'horse', 'monitor', 'motorbike',
        'people',
    )  # fmt: skip
    title = 'ImageCLEF-DA'
    slug = 'imageclef-da'
    folders = ('image_CLEF', 'ImageCLEF', 'imageCLEF', 'ImageCLEF-DA', 'imageclef', 'imageclef-da')
    domains = ('b', 'c', 'i', 'p')
    licence = 'that of the four sets it is drawn from; research'
    homepage = 'https://www.imageclef.org/2014/adaptation'
    layout = 'image_CLEF/<domain>/<image> and image_CLEF/<domain>List.txt, or the lists in image_CLEF/list'
    sizes: ClassVar = dict.fromkeys('bcip', 600)

    def index(self) -> list[Item]:
        """Read the list."""
        names = f'{self.domain}List.txt', f'list/{self.domain}List.txt'
        folder = self.inside(self.domain)
        return listed(self.inside(*names), (folder.parent, folder), self.classes)
