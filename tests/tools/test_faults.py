"""What counts as survived where a fault was planted."""

import pytest

from tools.faults.calls import Outcome
from tools.faults.damage import _judged

HEALTHY = ('numbers', '70.1')


@pytest.mark.parametrize(
    ('outcome', 'wrong'),
    [
        (Outcome(0, 'fine', ''), ''),
        (Outcome(2, '', 'dann: no such file; correct the path'), ''),
        (Outcome(None, '', ''), 'hangs'),
        (Outcome(1, '', 'Traceback (most recent call last):\nKeyError: 3'), 'a traceback: KeyError: 3'),
        (Outcome(-9, '', ''), 'status -9'),
    ],
)
def test_no_command_may_hang_trace_back_or_die(outcome: Outcome, wrong: str) -> None:
    assert outcome.wrong == wrong


@pytest.mark.parametrize(
    ('seen', 'wrong'),
    [
        (HEALTHY, ''),
        (('line', 'dann: run.json has changed; run the benchmark again'), ''),
        (('numbers', '70.2'), 'other numbers'),
        (('wrong', 'hangs'), 'hangs'),
    ],
)
def test_a_line_or_the_same_numbers_survive(seen: tuple[str, str], wrong: str) -> None:
    assert _judged(seen, HEALTHY) == wrong
