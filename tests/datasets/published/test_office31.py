"""Office-31 is read with its folders of images and without."""

from __future__ import annotations

from typing import ClassVar

import pytest
from named_layouts import Layout, NamedSetTests, opened, written

from dann.datasets.published.office31 import Office31


class TestOffice31(NamedSetTests):
    layouts = (
        Layout(Office31, 'office31', '{domain}/images/{label}/frame_{number:04d}.jpg', ('amazon', 'webcam')),
        Layout(
            Office31,
            'domain_adaptation_images',
            '{domain}/{label}/frame_{number:04d}.jpg',
            ('dslr', 'webcam'),
        ),
    )
    count = 31
    some: ClassVar = {0: 'back_pack', 12: 'laptop_computer', 30: 'trash_can'}

    def test_a_whole_copy_is_not_warned_of(
        self, tmp_path_factory: pytest.TempPathFactory, recwarn: pytest.WarningsRecorder
    ) -> None:
        root, made = written(self.layouts[0], tmp_path_factory)
        dataset = opened(self.layouts[0], root, 'amazon')
        dataset.sizes = {'amazon': len(made['amazon'])}  # type: ignore[misc]
        assert dataset.listing()
        assert not [each for each in recwarn if 'was published with' in str(each.message)]
