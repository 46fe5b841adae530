"""Office-Home is read under the names that its archives and copies give to folders."""

from __future__ import annotations

from typing import ClassVar

from named_layouts import BY_CLASS, Layout, NamedSetTests

from dann.datasets.published.office_home import OfficeHome

HOME = ('Art', 'Clipart', 'Real World')


class TestOfficeHome(NamedSetTests):
    layouts = (
        Layout(OfficeHome, 'OfficeHome', BY_CLASS, HOME, spelled={'ToothBrush': 'Toothbrush'}),
        Layout(
            OfficeHome, 'OfficeHomeDataset_10072016', BY_CLASS, HOME[1:], spelled={'Real World': 'RealWorld'}
        ),
        Layout(OfficeHome, 'office_home', BY_CLASS, HOME[1:], spelled={'Real World': 'Real_World'}),
    )
    count = 65
    some: ClassVar = {0: 'Drill', 20: 'Postit_Notes', 64: 'Marker'}
