"""PACS is read as it is published and in the folder that copies put it in."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from named_layouts import BY_CLASS, Layout, NamedSetTests, opened

from dann.core.errors import UserError
from dann.datasets.published.pacs import PACS


class TestPACS(NamedSetTests):
    layouts = (
        Layout(PACS, 'PACS', BY_CLASS, ('photo', 'art_painting', 'sketch'), suffixes={'sketch': '.png'}),
        Layout(PACS, 'PACS/kfold', BY_CLASS, ('cartoon', 'sketch'), suffixes={'sketch': '.png'}),
    )
    count = 7
    some: ClassVar = {0: 'dog', 3: 'guitar', 6: 'person'}

    def test_a_folder_that_is_no_class_is_named(self, tmp_path: Path) -> None:
        self.layouts[0].write(tmp_path)
        (tmp_path / 'PACS/photo/elefant').mkdir()
        with pytest.raises(UserError, match=r"got 'elefant' \(did you mean 'elephant'"):
            opened(self.layouts[0], tmp_path, 'photo').listing()
