"""Office-Caltech-10."""

from __future__ import annotations

from typing import ClassVar

from dann.datasets.storage.file_domain import Item
from dann.datasets.storage.layouts import class_folders
from dann.datasets.storage.named_domain import NamedDomain

# the number of each class in Caltech-256, and what copies call its folder, with that number in front or without
ALSO = {
    'back_pack': ('003', 'backpack'),
    'bike': ('224', 'touring-bike', 'bicycle'),
    'calculator': ('027', 'calculator'),
    'headphones': ('101', 'head-phones', 'headphone'),
    'keyboard': ('045', 'computer-keyboard'),
    'laptop_computer': ('127', 'laptop-101', 'laptop'),
    'monitor': ('046', 'computer-monitor'),
    'mouse': ('047', 'computer-mouse'),
    'mug': ('041', 'coffee-mug'),
    'projector': ('238', 'video-projector'),
}
OTHER = {
    f'{front}{name}': label
    for label, (number, *names) in ALSO.items()
    for name in names
    for front in ('', f'{number}.', f'{number}_')
}


class OfficeCaltech10(NamedDomain):
    """The 10 classes that Office-31 and Caltech-256 share, in four domains.

    In every domain the folders may bear the names of Caltech-256, such as ``224.touring-bike`` or ``computer_monitor``.

    Reference:
        `Geodesic Flow Kernel for Unsupervised Domain Adaptation <https://doi.org/10.1109/CVPR.2012.6247911>`_
        (Gong et al., CVPR 2012).
    """

    classes = (
        'back_pack', 'bike', 'calculator', 'headphones', 'keyboard', 'laptop_computer', 'monitor', 'mouse', 'mug',
        'projector',
    )  # fmt: skip
    title = 'Office-Caltech-10'
    slug = 'office-caltech10'
    folders = (
        'office_caltech_10', 'office-caltech10', 'office-caltech-10', 'office_caltech10', 'OfficeCaltech10',
        'office_caltech', 'office-caltech', 'Office-Caltech',
    )  # fmt: skip
    domains = ('amazon', 'caltech', 'dslr', 'webcam')
    licence = 'none stated by the authors; research'
    homepage = 'https://github.com/pykale/data/tree/main/image_data/office'
    layout = 'office_caltech_10/<domain>/<class>/<image>, or the same with <domain>/images/'
    sizes: ClassVar = {'amazon': 958, 'caltech': 1123, 'dslr': 157, 'webcam': 295}

    def index(self) -> list[Item]:
        """List the folders of the classes."""
        names = [self.domain, f'{self.domain}10'] if self.domain == 'caltech' else [self.domain]
        folder = self.inside(*(f'{name}/images' for name in names), *names)
        return class_folders(folder, self.classes, OTHER)
