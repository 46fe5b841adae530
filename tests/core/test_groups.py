"""Names of groups, and what is said where there are none or too many."""

from __future__ import annotations

import pytest
from toy import Toy

from dann.core.errors import UserError
from dann.core.groups import MOST_GROUPS, group_names


def test_numbers_stand_in_their_order_and_before_words() -> None:
    assert group_names(['10', 'left', '9', 'left', 'back']) == ('9', '10', 'back', 'left')
    assert group_names([]) == ()


def test_names_of_single_samples_are_no_groups() -> None:
    assert len(group_names(map(str, range(MOST_GROUPS)))) == MOST_GROUPS
    with pytest.raises(UserError, match="at most 50 groups, got 51, such as '0'; name a column, a folder"):
        group_names(map(str, range(MOST_GROUPS + 1)))


def test_a_domain_without_groups_says_how_to_have_some() -> None:
    assert Toy('a').group_names == ()
    with pytest.raises(UserError, match='toy/a has no groups; set `groups` of your own data'):
        Toy('a').groups('train')
