"""DomainNet is read with its lists beside the domains or in a folder."""

from __future__ import annotations

from typing import ClassVar

from named_layouts import BY_CLASS, Layout, NamedSetTests, both

from dann.datasets.published.domainnet import DomainNet

PUBLISHED = ('train', 'test')


class TestDomainNet(NamedSetTests):
    layouts = (
        Layout(
            DomainNet,
            'domainnet',
            BY_CLASS,
            ('clipart', 'sketch'),
            PUBLISHED,
            lists=both('{domain}_SPLIT.txt'),
        ),
        Layout(DomainNet, 'DomainNet', BY_CLASS, ('real',), PUBLISHED, lists=both('txt/{domain}_SPLIT.txt')),
    )
    count = 345
    some: ClassVar = {0: 'aircraft_carrier', 12: 'backpack', 344: 'zigzag'}
