"""Office-Caltech-10 is read with the class names of Office and with those of Caltech-256."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from named_layouts import BY_CLASS, Layout, NamedSetTests
from photos import write_image

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


@pytest.mark.parametrize('domain', ['amazon', 'caltech'])
def test_folders_of_copies_are_known_in_every_domain(domain: str, tmp_path: Path) -> None:
    names = {
        'backpack': 'back_pack',
        'touring-bike': 'bike',
        '027.calculator': 'calculator',
        'Headphone': 'headphones',
        'computer_keyboard': 'keyboard',
        'laptop': 'laptop_computer',
        'computer monitor': 'monitor',
        '047_computer-mouse': 'mouse',
        'coffee_mug': 'mug',
        'video_projector': 'projector',
    }
    for folder in names:
        write_image(tmp_path / 'office_caltech' / domain / folder / 'a.jpg')
    with pytest.warns(UserWarning, match='was published with'):
        items = OfficeCaltech10(domain, root=str(tmp_path)).listing()
    assert {item.path.parent.name: item.label for item in items} == names
