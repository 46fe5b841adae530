"""Examples that hypothesis draws, each judged by itself: nothing is shrunk, and all that fail are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tools.faults.trials import Result

SHOWN = 200  # characters of an example that are shown, of its begin and of its end

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
        results.append((_short(repr(example)), judge(example)))

    each()
    yield from results


def _short(text: str) -> str:
    return text if len(text) <= 2 * SHOWN else f'{text[:SHOWN]} ... {text[-SHOWN:]}'


def changed(tree: Any) -> st.SearchStrategy[Any]:
    """Return copies of a tree of dictionaries and lists in which one value is another, or is gone with its key."""
    places = st.sampled_from([*_places(tree)])
    return st.tuples(places, VALUES, st.booleans(), st.text(max_size=8)).map(
        lambda drawn: _changed(tree, drawn[0], *drawn[1:])
    )


def _places(tree: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value."""
    yield ()
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield from ((key, *rest) for rest in _places(value))


def _changed(tree: Any, place: tuple[Any, ...], value: Any, renamed: bool, name: str) -> Any:
    """Return the tree with another value at a place, under another name where it is ``renamed``."""
    if not place:
        return value
    key, *rest = place
    inner = _changed(tree[key], tuple(rest), value, renamed, name)
    if isinstance(tree, list):
        return [*tree[:key], inner, *tree[key + 1 :]]
    if rest or not renamed:
        return tree | {key: inner}
    return {each: value for each, value in tree.items() if each != key} | {name: inner}
