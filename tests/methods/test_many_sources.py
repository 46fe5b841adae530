"""Every method trains on several sources, for all that are found."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from many_sources import sources
from training import ALIGNMENTS, METHODS, fit, make, module, same_weights

from dann.engine.catalogue import rows

THREE: dict[str, Any] = {'num_sources': 3}


@pytest.mark.parametrize('name', METHODS)
def test_a_run_on_three_sources_is_finite_and_repeats(name: str) -> None:
    one, other = module(make(name), **THREE), module(make(name), **THREE)
    fit(one, sources(), epochs=2)
    fit(other, sources(), epochs=2)
    assert all(value.isfinite().all() for value in one.state_dict().values())
    assert same_weights(one, other)


@pytest.mark.parametrize('name', [name for name, kind in ALIGNMENTS.items() if kind.family != 'output'])
def test_an_alignment_of_each_source_trains_another_network(name: str) -> None:
    union = module(make(name), **THREE)
    each = module(make(name), per_source=True, **THREE)
    fit(union, sources(), epochs=2)
    fit(each, sources(), epochs=2)
    assert all(value.isfinite().all() for value in each.state_dict().values())
    assert not torch.equal(next(union.network.parameters()), next(each.network.parameters()))


def test_one_source_needs_no_copies() -> None:
    assert type(module(make('DANN'), per_source=True).alignment) is ALIGNMENTS['DANN']


def test_methods_for_many_sources_are_rows_where_there_are_many() -> None:
    more = rows(many_sources=True).keys() - rows().keys()
    assert more == {'mdan', 'darn', 'mfsan', 'm3sda', 'm3sda-b', 'mldg', 'fish'}
