"""Tables in Markdown."""

from dann.reporting.markdown import pipes


def test_columns_are_aligned_and_bars_escaped() -> None:
    assert pipes([['a', 'long'], ['x|y', '1']]).splitlines() == [
        r'| a    | long |',
        r'| ---- | ---- |',
        r'| x\|y | 1    |',
    ]
