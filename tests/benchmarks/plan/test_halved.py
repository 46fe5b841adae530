"""Two halves of one domain as a benchmark."""

from __future__ import annotations

import pytest
from harness import configuration

from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.plan.halved import halved
from dann.core.errors import UserError
from dann.shift.pairs import configured_pair


def test_both_domains_are_halves_of_the_one_that_is_named() -> None:
    found = halved('toy', configuration(), 'target')
    assert found['title'] == 'Two halves of the target of Toy squares'
    pair = configured_pair(benchmark('toy', found).shared(0)['data'])
    assert (pair.source.name, pair.target.name) == ('toy/b, first half', 'toy/b, second half')


def test_several_domains_are_refused() -> None:
    config = configuration()
    config['data']['source'] = [config['data']['source'], config['data']['target']]
    with pytest.raises(UserError, match='the source of toy is 2 domains'):
        halved('toy', config, 'source')
