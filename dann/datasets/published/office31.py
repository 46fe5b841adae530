"""Office-31."""

from __future__ import annotations

from typing import ClassVar

from dann.datasets.storage.file_domain import Item
from dann.datasets.storage.layouts import class_folders
from dann.datasets.storage.named_domain import NamedDomain


class Office31(NamedDomain):
    """31 office objects: pictures of a shop (amazon), of a camera (dslr) and of a webcam.

    Reference:
        `Adapting Visual Category Models to New Domains <https://doi.org/10.1007/978-3-642-15561-1_16>`_
        (Saenko et al., ECCV 2010).
    """

    classes = (
        'back_pack', 'bike', 'bike_helmet', 'bookcase', 'bottle', 'calculator', 'desk_chair', 'desk_lamp',
        'desktop_computer', 'file_cabinet', 'headphones', 'keyboard', 'laptop_computer', 'letter_tray',
        'mobile_phone', 'monitor', 'mouse', 'mug', 'paper_notebook', 'pen', 'phone', 'printer', 'projector',
        'punchers', 'ring_binder', 'ruler', 'scissors', 'speaker', 'stapler', 'tape_dispenser', 'trash_can',
    )  # fmt: skip
    title = 'Office-31'
    slug = 'office31'
    folders = ('office31', 'office-31', 'office_31', 'Office-31', 'Office31', 'domain_adaptation_images')
    domains = ('amazon', 'dslr', 'webcam')
    licence = 'none stated by the authors; research'
    homepage = 'https://faculty.cc.gatech.edu/~judy/domainadapt/'
    layout = 'office31/<domain>/images/<class>/frame_0001.jpg, or the same without images/'
    sizes: ClassVar = {'amazon': 2817, 'dslr': 498, 'webcam': 795}

    def index(self) -> list[Item]:
        """List the folders of the classes."""
        return class_folders(self.inside(f'{self.domain}/images', self.domain), self.classes)
