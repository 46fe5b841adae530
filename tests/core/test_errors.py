"""Errors are one line that ends with the next step."""

from __future__ import annotations

import pytest

from dann.core.errors import CheckError, RunError, UserError, check, unknown


def test_a_check_raises_its_message_where_the_condition_fails() -> None:
    check(True, 'never seen')
    with pytest.raises(CheckError, match='expected more'):
        check(False, 'expected more')
    assert issubclass(CheckError, ValueError)


def test_a_request_and_a_run_that_fail_have_their_own_status() -> None:
    assert (UserError.status, RunError.status) == (2, 1)
    assert issubclass(RunError, UserError)


def test_the_nearest_known_name_is_offered() -> None:
    assert str(unknown('method', 'dan', ['mmd', 'dann'])) == "unknown method 'dan'; did you mean 'dann'?"


def test_without_a_near_name_the_known_ones_are_listed_in_order_and_cut_at_twenty() -> None:
    assert str(unknown('kind', '?', ['b', 'a'])) == "unknown kind '?'; choose from a, b"
    many = [f'name{number:02d}' for number in range(23)]
    told = str(unknown('kind', '?', many))
    assert told.endswith('name19 and 3 more')
    assert 'name20' not in told


def test_a_method_that_is_no_alignment_any_more_says_how_to_write_it() -> None:
    said = "unknown alignment 'CAN'; it is now a training class: write `class_path: CAN` for `alignment: CAN`"
    assert str(unknown('alignment', 'CAN', ['CDAN'])) == said
    assert str(unknown('class', 'CAN', ['CAN'])) == said
    assert str(unknown('dataset', 'CAN', ['CDAN'])).endswith("did you mean 'CDAN'?")


@pytest.mark.parametrize('kind', [UserError, RunError, CheckError])
def test_a_message_holds_nothing_that_a_terminal_obeys(kind: type[Exception]) -> None:
    assert str(kind('no class \x1b[31mred\nof it; correct it')) == 'no class \\x1b[31mred\nof it; correct it'


def test_of_near_names_the_one_that_begins_alike_is_meant() -> None:
    assert "did you mean 'DANN'?" in str(unknown('method', 'DAN', ['MDAN', 'DANN', 'DARN']))
