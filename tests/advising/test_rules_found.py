"""Rules are found in their folder, and by a dotted path."""

from __future__ import annotations

import pytest

from dann.advising.rules_found import rules
from dann.core.errors import UserError


def test_the_rules_of_the_folder_and_of_the_user_are_found() -> None:
    names = {rule.name for rule in rules()}
    assert names >= {'distance', 'ranking', 'risk', 'held-out', 'labels'}
    assert {rule.name for rule in rules(['own_rule.Lucky'])} == names | {'lucky'}
    assert all(rule.question.endswith(('.', '?')) for rule in rules())


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(UserError, match=r'toy\.Toy is no Rule'):
        rules(['toy.Toy'])
    with pytest.raises(UserError, match='cannot import rule'):
        rules(['nowhere.Rule'])


def test_a_rule_needs_a_name_of_its_own() -> None:
    with pytest.raises(UserError, match='Threshold is no whole Rule'):
        rules(['dann.advising.Threshold'])
    with pytest.raises(UserError, match='the rule risk is there already; give yours another name'):
        rules(['own_rule.Second'])
