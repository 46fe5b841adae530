"""VisDA-2017."""

from __future__ import annotations

from typing import ClassVar

from dann.datasets.storage.file_domain import Item
from dann.datasets.storage.layouts import listed
from dann.datasets.storage.named_domain import NamedDomain


class VisDA2017(NamedDomain):
    """12 classes, rendered (train) and photographed (validation); its figure is the mean of the class accuracies.

    Reference:
        `VisDA: The Visual Domain Adaptation Challenge <https://arxiv.org/abs/1710.06924>`_ (Peng et al., 2017).
    """

    classes = (
        'aeroplane', 'bicycle', 'bus', 'car', 'horse', 'knife', 'motorcycle', 'person', 'plant', 'skateboard',
        'train', 'truck',
    )  # fmt: skip
    metric = 'mean class accuracy'
    title = 'VisDA-2017'
    slug = 'visda2017'
    folders = ('visda-2017', 'visda2017', 'visda17', 'VisDA-2017', 'VisDA2017', 'VisDA', 'visda')
    domains = ('train', 'validation')
    licence = 'non-commercial research and education'
    homepage = 'https://github.com/VisionLearningGroup/taskcv-2017-public/tree/master/classification'
    layout = (
        'visda-2017/<domain>/image_list.txt and visda-2017/<domain>/<class>/<image>, as train.tar and '
        'validation.tar of http://csr.bu.edu/ftp/visda17/clf/ unpack'
    )
    sizes: ClassVar = {'train': 152_397, 'validation': 55_388}

    def index(self) -> list[Item]:
        """Read the list."""
        path = self.inside(
            f'{self.domain}/image_list.txt', f'{self.domain}_list.txt', f'image_list/{self.domain}.txt'
        )
        folder = self.inside(self.domain)
        return listed(path, (folder.parent, folder), self.classes)
