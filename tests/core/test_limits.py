"""What a file of others may hold is limited, and a variable sets another limit."""

import pytest

from dann.core.errors import UserError
from dann.core.limits import (
    LEAST,
    MOST,
    TooLargeError,
    check_pixels,
    check_unpacked,
    most_pixels,
    most_unpacked,
)


@pytest.mark.parametrize(
    ('packed', 'most'), [(0, LEAST), (10, LEAST), (10 << 20, 2000 << 20), (10**9, MOST), (10**12, 2 * 10**12)]
)
def test_a_file_unpacks_to_so_many_times_its_size_within_bounds(packed: int, most: int) -> None:
    assert most_unpacked(packed) == most


def test_a_variable_sets_another_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_MAX_UNPACKED', '1000')
    monkeypatch.setenv('DANN_MAX_PIXELS', '9')
    assert most_unpacked(1 << 40) == 1000
    assert most_pixels() == 9


def test_a_limit_is_reached_before_it_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_MAX_PIXELS', '9')
    check_pixels(9)
    with pytest.raises(TooLargeError, match=r'^has 10 pixels, and 9 are decoded at most; .*DANN_MAX_PIXELS'):
        check_pixels(10)
    check_unpacked(9, 9)
    with pytest.raises(
        TooLargeError, match=r'^unpacks to at least 10 bytes, and 9 .*; set DANN_MAX_UNPACKED'
    ):
        check_unpacked(10, 9, least=True)


@pytest.mark.parametrize('text', ['0', '-1', 'x', '1e9', 'nan', '1' * 30, '²', ' '])
def test_a_limit_that_is_no_number_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_MAX_PIXELS', text)
    with pytest.raises(
        UserError, match=r'expected DANN_MAX_PIXELS to be a whole number above 0, got .*unset it'
    ):
        most_pixels()
