"""Examples that hypothesis draws, each judged by itself: nothing is shrunk, and all that fail are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tools.faults.trials import Result

LONGEST = 300  # characters of an example that are shown

# what somebody may write where a number, a name or a list is expected; sizes that a machine could try are left out
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.sampled_from([10**30, -(10**30), 2**63, 1e308, -0.0, 1e-320, float('nan'), float('inf')]),
    st.floats(-2, 2),
    st.text(max_size=12),
    st.sampled_from(
        ['', 'null', '2020-01-01', '!!python/object:os.system', '../..', '$x^{2$', 'DANN', 'ConvNet', 'val']
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def judged(
    strategy: st.SearchStrategy[Any], judge: Callable[[Any], str], number: int, random: Random
) -> Iterator[Result]:
    """Draw ``number`` examples; yield each with what is wrong about it.

    Args:
        strategy: Draws them.
        judge: Returns what was wrong, or ``''``.
        number: How many.
        random: Gives the seed.
    """
    results: list[Result] = []

    @hypothesis.seed(random.getrandbits(32))
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(strategy)
    def each(example: Any) -> None:
        results.append((repr(example)[:LONGEST], judge(example)))

    each()
    yield from results


@st.composite
def changed(draw: st.DrawFn, tree: Any) -> Any:
    """Return a copy of a tree of dictionaries and lists in which one value is another, is gone, or is added."""
    return _changed(draw, tree, draw(st.sampled_from([0, 1, 2, 2, 3, 3, 4, 4, 5, 6])))


def _changed(draw: st.DrawFn, tree: Any, depth: int) -> Any:
    if depth == 0 or not isinstance(tree, dict | list) or not tree:
        return draw(VALUES)
    if isinstance(tree, list):
        place = draw(st.integers(0, len(tree) - 1))
        return [*tree[:place], _changed(draw, tree[place], depth - 1), *tree[place + 1 :]]
    key = draw(st.sampled_from(sorted(tree)))
    if depth == 1 and draw(st.booleans()):
        return {name: value for name, value in tree.items() if name != key} | (
            {draw(st.text(max_size=8)): draw(VALUES)} if draw(st.booleans()) else {}
        )
    return tree | {key: _changed(draw, tree[key], depth - 1)}
