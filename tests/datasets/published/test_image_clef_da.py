"""ImageCLEF-DA is read wherever its lists lie and whatever their paths begin with."""

from __future__ import annotations

from typing import ClassVar

from named_layouts import Layout, NamedSetTests, listing

from dann.datasets.published.image_clef_da import ImageCLEFDA

FLAT = '{domain}/{number}.jpg'


class TestImageCLEFDA(NamedSetTests):
    layouts = (
        Layout(ImageCLEFDA, 'image_CLEF', FLAT, ('b', 'c', 'p'), lists=listing('{domain}List.txt')),
        Layout(ImageCLEFDA, 'imageCLEF', FLAT, ('i', 'p'), lists=listing('list/{domain}List.txt', depth=1)),
        Layout(
            ImageCLEFDA,
            'ImageCLEF',
            FLAT,
            ('i', 'p'),
            lists=listing('list/{domain}List.txt', below='./data/old/'),
        ),
    )
    count = 12
    some: ClassVar = {0: 'aeroplane', 7: 'dog', 11: 'people'}
