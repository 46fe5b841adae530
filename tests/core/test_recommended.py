"""What is recommended to games has a number, a reason and where it is from."""

from __future__ import annotations

from typing import Any

import pytest

from dann.core.recommended import ADAM_IN_PAPER, GAME, SGD_IN_PAPER


@pytest.mark.parametrize('table', [GAME, SGD_IN_PAPER, ADAM_IN_PAPER])
def test_a_recommendation_can_be_read_and_not_changed(table: Any) -> None:
    assert table['momentum'] == 0.5
    assert '<https://' in table['reference']
    assert table['because']
    with pytest.raises(TypeError):
        table['momentum'] = 0.9
