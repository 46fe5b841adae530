"""Office-Home."""

from __future__ import annotations

from typing import ClassVar

from dann.datasets.storage.file_domain import Item
from dann.datasets.storage.layouts import class_folders
from dann.datasets.storage.named_domain import NamedDomain


class OfficeHome(NamedDomain):
    """65 objects of office and home as art, clip art, product pictures and photographs.

    Reference:
        `Deep Hashing Network for Unsupervised Domain Adaptation <https://arxiv.org/abs/1706.07522>`_
        (Venkateswara et al., CVPR 2017).
    """

    classes = (
        'Drill', 'Exit_Sign', 'Bottle', 'Glasses', 'Computer', 'File_Cabinet', 'Shelf', 'Toys', 'Sink', 'Laptop',
        'Kettle', 'Folder', 'Keyboard', 'Flipflops', 'Pencil', 'Bed', 'Hammer', 'ToothBrush', 'Couch', 'Bike',
        'Postit_Notes', 'Mug', 'Webcam', 'Desk_Lamp', 'Telephone', 'Helmet', 'Mouse', 'Pen', 'Monitor', 'Mop',
        'Sneakers', 'Notebook', 'Backpack', 'Alarm_Clock', 'Push_Pin', 'Paper_Clip', 'Batteries', 'Radio', 'Fan',
        'Ruler', 'Pan', 'Screwdriver', 'Trash_Can', 'Printer', 'Speaker', 'Eraser', 'Bucket', 'Chair',
        'Calendar', 'Calculator', 'Flowers', 'Lamp_Shade', 'Spoon', 'Candles', 'Clipboards', 'Scissors', 'TV',
        'Curtains', 'Fork', 'Soda', 'Table', 'Knives', 'Oven', 'Refrigerator', 'Marker',
    )  # fmt: skip
    title = 'Office-Home'
    slug = 'office-home'
    folders = (
        'OfficeHome', 'office-home', 'office_home', 'officehome', 'Office-Home', 'OfficeHomeDataset_10072016',
    )  # fmt: skip
    domains = ('Art', 'Clipart', 'Product', 'Real World')
    licence = 'non-commercial research and education'
    homepage = 'https://www.hemanthdv.org/officeHomeDataset.html'
    layout = 'OfficeHome/<domain>/<class>/00001.jpg (Real World, RealWorld or Real_World)'
    sizes: ClassVar = {'Art': 2427, 'Clipart': 4365, 'Product': 4439, 'Real World': 4357}

    def index(self) -> list[Item]:
        """List the folders of the classes."""
        spelled = (self.domain, self.domain.replace(' ', ''), self.domain.replace(' ', '_'))
        return class_folders(self.inside(*spelled), self.classes)
