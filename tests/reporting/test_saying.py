"""A message is one line."""

import pytest

from dann.core.errors import UserError
from dann.reporting.saying import say


@pytest.mark.parametrize(
    'message', ['no  class\n\x1b[31mred; correct it', UserError('no  class\n\x1b[31mred; correct it')]
)
def test_a_message_is_one_line_whatever_is_in_it(message: object, capsys: pytest.CaptureFixture[str]) -> None:
    say(message)
    assert capsys.readouterr() == ('', 'dann: no class \\x1b[31mred; correct it\n')
