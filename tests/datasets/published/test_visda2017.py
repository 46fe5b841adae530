"""VisDA-2017 is read with its lists beside the images, above them, or in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from named_layouts import BY_CLASS, Layout, NamedSetTests, listing, opened

from dann.core.errors import UserError
from dann.datasets.published.visda2017 import VisDA2017

ENDS = ('train', 'validation')
PNG = {'train': '.png'}


class TestVisDA2017(NamedSetTests):
    layouts = (
        Layout(
            VisDA2017, 'visda-2017', BY_CLASS, ENDS, suffixes=PNG, lists=listing('{domain}/image_list.txt')
        ),
        Layout(VisDA2017, 'VisDA', BY_CLASS, ENDS, suffixes=PNG, lists=listing('{domain}_list.txt', depth=3)),
        Layout(
            VisDA2017,
            'visda2017',
            BY_CLASS,
            ENDS,
            suffixes=PNG,
            lists=listing('image_list/{domain}.txt', depth=3),
        ),
    )
    count = 12
    some: ClassVar = {0: 'aeroplane', 5: 'knife', 11: 'truck'}

    def test_the_mean_of_the_class_accuracies_is_counted(self) -> None:
        assert VisDA2017.metric == 'mean class accuracy'

    def test_a_line_that_is_no_entry_and_a_list_of_nothing_are_named(self, tmp_path: Path) -> None:
        self.layouts[0].write(tmp_path)
        path = tmp_path / 'visda-2017/train/image_list.txt'
        path.write_text(path.read_text() + 'truck/x.png 12\n')
        with pytest.raises(UserError, match=r'a label from 0 to 11 in line 25 of .*image_list\.txt'):
            opened(self.layouts[0], tmp_path, 'train').listing()
        path.write_text('truck/gone.png 11\n')
        with pytest.raises(UserError, match='place the images there'):
            opened(self.layouts[0], tmp_path, 'train').listing()
