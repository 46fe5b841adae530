"""One alignment for each source."""

from __future__ import annotations

import torch
from many_sources import views

from dann.core.per_source import PerSource
from dann.methods.alignment.coral import CORAL
from dann.methods.alignment.dann import DANN


def test_every_term_is_the_mean_over_the_sources() -> None:
    source, target = views()
    found = PerSource(CORAL(weight=2.0), 3)(source, target, 0.5)
    each = [CORAL()(part, target, 0.5) for part in source.by_domain(3)]
    assert found.keys() == each[0].keys()
    for name, value in found.items():
        torch.testing.assert_close(value, sum(terms[name] for terms in each) / 3)


def test_every_source_has_a_critic_of_its_own() -> None:
    pairs = PerSource(DANN(), 3)
    pairs.build(4, 3)
    first, second, _ = pairs.members()
    assert not torch.equal(next(first.parameters()), next(second.parameters()))
    assert sum(1 for _ in pairs.parameters()) == 3 * sum(1 for _ in first.parameters())


def test_it_says_of_itself_what_the_alignment_says() -> None:
    pairs = PerSource(DANN(weight=0.5), 2)
    assert pairs.family == DANN.family
    assert pairs.recommended == DANN.recommended
    assert pairs.strength(0.3) == DANN(weight=0.5).strength(0.3)
