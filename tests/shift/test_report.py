"""``dann.shift.gap`` from Python: the same figures as the command, as data and as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from toy import Toy

from dann.core.errors import CheckError, UserError
from dann.datasets import DomainPair
from dann.shift import gap, repeat_halves
from dann.shift.domains import Domains
from dann.shift.seen import Seen

QUICK: dict[str, Any] = {'permutations': 199, 'samples': 40}


def domains() -> tuple[Toy, Toy]:
    return Toy('a', test=48), Toy('b', test=48)


def noise(images: Domains, pair: DomainPair) -> Iterator[Seen]:
    """Features that know nothing of the domains."""
    rng = np.random.default_rng(0)
    yield Seen('noise', rng.normal(size=(len(images.source), 3)), rng.normal(size=(len(images.target), 3)))


def test_two_domains_and_their_pair_give_the_same_report() -> None:
    source, target = domains()
    report = gap(source, target, on=['pixels'], **QUICK)
    again = gap(DomainPair(source, target), on=['pixels'], **QUICK)
    assert report.as_json() == again.as_json()
    (row,), (half,) = report.rows, report.halves_of_the_source
    assert row.distances.mmd.p_value == 1 / 200
    assert half.distances.mmd.p_value > 0.05
    assert report.measured.images == (40, 40)
    assert half.name == 'pixels, halves of the source'


def test_the_report_is_json_and_markdown() -> None:
    report = gap(*domains(), on=['pixels'], **QUICK)
    data = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert (data['source'], data['target'], data['halves']) == ('toy/a', 'toy/b', None)
    assert data['rows'][0]['gap'] == 'large'
    text = report.as_markdown()
    assert text.startswith('**toy/a → toy/b**, test split, 40 and 40 images\n\n| features')
    for sentence in (*report.reading, *report.advice, *report.notes):
        assert f'- {sentence}\n' in text


def test_features_of_a_network_are_handed_in() -> None:
    report = gap(*domains(), on=[noise], **QUICK)
    assert [row.name for row in report.rows] == ['noise']
    assert report.halves_of_the_source == ()
    assert report.fid is None
    assert report.reading[0].startswith('noise: no gap shown')


def test_halves_are_repeated() -> None:
    report = repeat_halves(*domains(), on=['pixels'], repeats=20, seed=3, **QUICK)
    (found,) = report.repeats
    assert len(found.p_values) == 20
    assert found.rejected <= 5
    assert '(seeds 3 to 22)' in report.as_markdown()
    assert report.as_json()['halves'] == 'source'


def test_arguments_out_of_range_are_refused() -> None:
    with pytest.raises(CheckError, match='`permutations` of at least 199, got 9'):
        gap(*domains(), permutations=9)
    with pytest.raises(CheckError, match='`repeats` of at least 1, got 0'):
        repeat_halves(*domains(), repeats=0)
    with pytest.raises(UserError, match="did you mean 'pixels'"):
        gap(*domains(), on=['pixel'], **QUICK)
