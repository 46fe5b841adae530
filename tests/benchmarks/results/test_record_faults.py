"""Values that no evaluation writes are named, each with what was expected."""

import json
import math
from typing import Any

import pytest
from benchmarks_fake import record
from hypothesis import given
from hypothesis import strategies as st

from dann.benchmarks.results.record_faults import faults

TEST = 'oracle/target_test_accuracy'
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize('value', [0.0, 1.0, 0, 1, 0.5, None])
def test_an_accuracy_is_a_share_or_not_known(value: Any) -> None:
    assert not [*faults(record(scores={TEST: value}))]


@pytest.mark.parametrize('value', [7.5, -3, 1e308, True, math.nan, math.inf, '0.5', [0.5], 1 + 1e-9])
def test_an_accuracy_that_is_none_is_named(value: Any) -> None:
    (wrong,) = faults(record(scores={TEST: value}))
    assert TEST in wrong
    assert repr(value) in wrong


@pytest.mark.parametrize(
    'name', ['group/dark/calibration_error', 'group_odds_difference', 'group_parity_difference']
)
@pytest.mark.parametrize('start', ['oracle', 'source'])
def test_a_figure_of_groups_is_a_share_too(start: str, name: str) -> None:
    assert not [*faults(record(scores={f'{start}/{name}': 0.5}))]
    assert [*faults(record(scores={f'{start}/{name}': 1.5}))]


@pytest.mark.parametrize('name', ['val/my_accuracy', 'diagnostic/odd_accuracy'])
def test_a_score_of_the_users_own_may_be_called_accuracy(name: str) -> None:
    assert not [*faults(record(scores={name: -7.5}))]


def test_a_loss_may_be_any_finite_number() -> None:
    assert not [*faults(record(scores={'loss/source': 7.5, 'val/infomax': -3.0}))]
    assert [*faults(record(scores={'loss/source': math.inf}))]


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('seed', '0'),
        ('seed', -1),
        ('seed', True),
        ('seed', 10**30),
        ('step', 1.5),
        ('step', 500),
        ('steps', None),
        ('seconds', 'long'),
        ('seconds', -1.0),
        ('method', 3),
        ('method', None),
        ('uses_target_labels', 'no'),
        ('scores', [0.5]),
        ('metric', ['accuracy']),
        ('features', {}),
        ('unlabelled', 'yes'),
        ('trained_parameters', -1),
        ('extraction', 'long'),
        ('manifests', {'source': 'abc'}),
        ('manifests', {'source': 'abc', 'target': []}),
        ('fingerprint', {'steps': [4]}),
        ('sizes', {'source': {'test': 1}}),
        ('sizes', {'source': {'test': 1}, 'target': {'train': 1}}),
        ('sizes', {'source': {'test': 1}, 'target': {'test': -1}}),
    ],
)
def test_a_field_of_another_kind_is_named(key: str, value: Any) -> None:
    found = [*faults({**record(), key: value})]
    assert len(found) == 1
    assert key in found[0]


@given(key=st.sampled_from([*record()]), value=ANYTHING)
def test_whatever_stands_in_a_field_is_accepted_or_named_in_short(key: str, value: Any) -> None:
    read = json.loads(json.dumps({**record(), key: value}))
    for wrong in faults(read):
        assert wrong.startswith('expected ')
        assert len(wrong) < 160
