"""A key is read by its type, and what is of another is refused in one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from jsonargparse.typing import NonNegativeInt, PositiveInt

from dann.benchmarks.plan.keys import check_known, checked, flow, key, names, printed, read, recorded
from dann.core.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """Keys of every kind."""

    title: str = field(metadata=key(in_file=False, in_protocol=False, in_report=False))
    model: dict[str, Any]
    count: PositiveInt = field(default=2, metadata=key(always=True, recorded='double'))
    share: float = 0.5
    named: dict[str, float] = field(default_factory=dict, metadata=key(in_suite=False))
    limit: PositiveInt | None = None

    @property
    def double(self) -> int:
        return int(2 * self.count)


def small(**changes: Any) -> Small:
    return Small(title='x', **read(Small, 'x', {'model': {'a': 1}} | changes))


def test_a_value_is_read_by_its_type_and_a_mapping_is_kept_as_given() -> None:
    model = {'class_path': 'no.such.Class', 'lr': '1e-3', 'name': '07', 'nested': {'class_path': 3}}
    found = small(model=model, count='3', share=1, named={'a': 100}, limit=4)
    assert found.model == model
    assert (found.count, found.share, found.named, found.limit) == (3, 1.0, {'a': 100}, 4)
    assert type(found.count) is int  # and not a class of the parser's, which YAML cannot write
    assert small(limit=None, named=None) == small()


@pytest.mark.parametrize(
    ('changes', 'said'),
    [
        ({'count': 0}, 'expected `count` to be a whole number above 0, got 0'),
        ({'count': True}, 'expected `count` to be a whole number above 0, got True'),
        ({'count': None}, 'expected `count` to be a whole number above 0, got None'),
        ({'count': [1]}, r'expected `count` to be a whole number above 0, got \[1\]'),
        ({'share': 'much'}, "expected `share` to be a number, got 'much'"),
        ({'limit': 0}, 'expected `limit` to be .*, got 0'),
        ({'named': ['a']}, r"expected `named` to be a mapping, got \['a'\]; write keys and values below it"),
        ({'named': {'a': 'b'}}, "expected `named` to be a mapping, got {'a': 'b'}"),
        ({'model': 3}, 'expected `model` to be a mapping, got 3; write keys'),
        ({'model': {}}, 'x has no `model:` section; see `dann list benchmarks --show sim-to-real`'),
        ({'model': None}, 'x has no `model:` section'),
        ({'title': 'y'}, "unknown key 'title'"),
        ({'cuont': 1}, "unknown key 'cuont'; did you mean 'count'?"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=f'^{said}') as raised:
        small(**changes)
    assert '\n' not in str(raised.value)


def test_a_key_without_a_default_must_be_there() -> None:
    with pytest.raises(UserError, match='x has no `model:` section'):
        read(Small, 'x', {})


def test_keys_are_found_by_what_is_done_with_them() -> None:
    assert names(Small) == ['title', 'model', 'count', 'share', 'named', 'limit']
    assert names(Small, 'in_file', 'in_suite') == ['model', 'count', 'share', 'limit']
    assert names(Small, 'in_report') == names(Small, 'in_file')


def test_a_default_is_left_out_of_what_is_recorded_unless_it_always_was() -> None:
    assert recorded(small()) == {'title': 'x', 'model': {'a': 1}, 'double': 4}
    assert recorded(small(share=0.1, limit=3), 'in_protocol') == {
        'model': {'a': 1},
        'double': 4,
        'share': 0.1,
        'limit': 3,
    }


def test_every_key_of_the_protocol_is_printed() -> None:
    texts = printed(small(share=0.1))
    assert texts == {'model': '{a: 1}', 'count': '4', 'share': '0.1', 'named': 'default', 'limit': 'default'}


def test_a_text_in_flow_style_does_not_depend_on_the_order_of_keys() -> None:
    assert flow({'b': [1, 2], 'a': None}) == '{a: null, b: [1, 2]}'
    assert (flow('joint'), flow(3), flow(None), flow({}), flow(False)) == (
        *('joint', '3', 'default', 'default', 'false'),
    )


def test_a_value_by_itself() -> None:
    assert checked('seed', NonNegativeInt, 0) == 0
    with pytest.raises(UserError, match='expected `seed` to be a whole number from 0, got -1; take 0'):
        checked('seed', NonNegativeInt, -1, remedy='take 0')
    with pytest.raises(UserError, match='expected `seed` to be odd, got -1'):
        checked('seed', NonNegativeInt, -1, words='odd')


def test_unknown_keys_are_named_with_their_section() -> None:
    check_known({'a': 1}, ['a'])
    with pytest.raises(UserError, match="unknown key 'part: trails'; did you mean 'part: trials'"):
        check_known({'trails': 1}, ['trials'], inside='part: ')
    with pytest.raises(UserError, match="unknown key 'othr'; did you mean 'other'"):
        check_known({'othr': 1}, ['trials'], also=['other'])
