"""The pair to measure, from whatever names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import write
from toy import Toy

from dann.core.errors import UserError
from dann.datasets import DomainPair
from dann.shift.pairs import pair_of


def test_a_pair_is_itself_and_two_domains_become_one() -> None:
    source, target = Toy('a'), Toy('b')
    pair = DomainPair(source, target)
    assert pair_of(pair) is pair
    made = pair_of(source, target)
    assert (made.source, made.target) == (source, target)


def test_a_file_names_the_domains(tmp_path: Path) -> None:
    pair = pair_of(write(tmp_path))
    assert (pair.source.name, pair.target.name) == ('toy/a', 'toy/b')
    assert pair.batch_size == 8


def test_what_is_no_pair_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='toy/a is one domain; pass the target'):
        pair_of(Toy('a'))
    with pytest.raises(UserError, match='hold both domains; leave `target` out'):
        pair_of(write(tmp_path), Toy('b'))
    with pytest.raises(UserError, match='catalogue is several benchmarks; name one: day-to-night'):
        pair_of('catalogue')
    with pytest.raises(UserError, match="unknown benchmark 'day-to-nite'; did you mean 'day-to-night'"):
        pair_of('day-to-nite')
    (tmp_path / 'empty.yaml').write_text('title: none\n')
    with pytest.raises(UserError, match='names no domains'):
        pair_of(str(tmp_path / 'empty.yaml'))
