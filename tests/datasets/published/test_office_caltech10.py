"""Office-Caltech-10 is read with the class names of Office and with those of Caltech-256."""

from __future__ import annotations

from typing import ClassVar

from named_layouts import BY_CLASS, Layout, NamedSetTests

from dann.datasets.published.office_caltech10 import OfficeCaltech10

CALTECH = {
    'back_pack': '003.backpack', 'bike': '224.touring-bike', 'calculator': '027.calculator',
    'headphones': '101.head-phones', 'keyboard': '045.computer-keyboard', 'laptop_computer': '127.laptop-101',
    'monitor': '046.computer-monitor', 'mouse': '047.computer-mouse', 'mug': '041.coffee-mug',
    'projector': '238.video-projector',
}  # fmt: skip


class TestOfficeCaltech10(NamedSetTests):
    layouts = (
        Layout(OfficeCaltech10, 'office_caltech_10', BY_CLASS, ('caltech', 'dslr')),
        Layout(
            OfficeCaltech10,
            'office-caltech10',
            '{domain}/images/{label}/{number:04d}.jpg',
            ('amazon', 'webcam'),
        ),
        Layout(
            OfficeCaltech10,
            'office_caltech',
            BY_CLASS,
            ('caltech',),
            spelled=CALTECH | {'caltech': 'caltech10'},
        ),
    )
    count = 10
    some: ClassVar = {0: 'back_pack', 3: 'headphones', 9: 'projector'}
