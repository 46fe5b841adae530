"""The reference finds what is public."""

from __future__ import annotations

import re

import pytest

from dann import benchmarks, networks, validators
from dann.engine.catalogue import methods
from tools.site.reference import WHOLE, public, reference


def entries() -> list[str]:
    """Return the dotted paths of all pages."""
    texts = [text for pages in reference().values() for text in pages.values()]
    return [path for text in texts for path in re.findall(r'^::: (\S+)$', text, re.MULTILINE)]


def test_every_method_validator_and_network_is_an_entry_once() -> None:
    paths = entries()
    assert len(paths) == len(set(paths))
    found = {path.rpartition('.')[2] for path in paths}
    assert {each.name for each in methods()} <= found
    assert set(dir(validators)) <= found
    assert {name for name in networks.__all__ if name[0].isupper()} <= found
    assert set(benchmarks.__all__) <= found


@pytest.mark.parametrize('room', WHOLE)
def test_rooms_of_mathematics_have_functions_and_nothing_private(room: str) -> None:
    last = [path.rpartition('.')[2] for path in public(room)]
    assert any(name[0].islower() for name in last)
    assert not any(name.startswith('_') for name in last)


def test_methods_of_a_family_share_a_page() -> None:
    pages = reference()['Methods by family']
    for each in methods():
        page = pages[f'reference/methods-{each.family.replace(" ", "-")}.md']
        assert f'::: {each.kind.__module__}.{each.name}\n' in page
