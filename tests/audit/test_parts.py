"""What a module adds to a network trained on the source."""

from __future__ import annotations

from training import make, module

from dann.audit.parts import networks_of_its_own, parts
from dann.audit.tapped import tapped


def test_parts_and_networks_are_found_in_sums() -> None:
    both = module(make('Together'))
    assert [(part.name, part.family) for part in parts(both)] == [
        ('alignment.alignments.0', 'adversarial'),
        ('alignment.alignments.1', 'moments'),
    ]
    assert list(networks_of_its_own(both)) == ['alignment.alignments.0.critic']
    assert list(networks_of_its_own(module(make('MeanTeacher')))) == ['teacher']
    assert not networks_of_its_own(module())
    assert parts(tapped(module())) == []
    assert [part.name for part in parts(tapped(module(make('MeanTeacher'))))] == ['model']
