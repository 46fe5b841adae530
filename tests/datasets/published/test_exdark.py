"""ExDark is read with the splits of its list, or without the list."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from named_layouts import Layout, NamedSetTests, Painted, opened

from dann.core.errors import UserError
from dann.datasets.base import SPLITS
from dann.datasets.published.exdark import ExDark


def class_list(home: Path, _: str, made: list[Painted]) -> None:
    """Write the list of ExDark, with suffixes in another spelling than the files have."""
    number = {'train': 1, 'val': 2, 'test': 3}
    rows = [f'{item.path.stem}.PNG {item.label + 1} 3 1 {number[item.split or ""]}\n' for item in made]
    home.joinpath('imageclasslist.txt').write_text(
        'Name | Class | Light | In/Out | Train/Val/Test\n' + ''.join(rows)
    )


class TestExDark(NamedSetTests):
    layouts = (
        Layout(ExDark, 'ExDark', '{label}/2015_{number:05d}.jpg', ('dark',), SPLITS, lists=class_list),
        Layout(ExDark, 'ExDark/ExDark', '{label}/2015_{number:05d}.png', ('dark',)),
    )
    count = 12
    some: ClassVar = {0: 'Bicycle', 9: 'Motorbike', 11: 'Table'}

    def test_a_line_of_the_list_that_is_no_entry_is_named(self, tmp_path: Path) -> None:
        self.layouts[0].write(tmp_path)
        path = tmp_path / 'ExDark/imageclasslist.txt'
        path.write_text(path.read_text() + '2015_1.png 1 2\n')
        with pytest.raises(UserError, match=r'in line 38 of .*imageclasslist\.txt'):
            opened(self.layouts[0], tmp_path, 'dark').listing()
