"""The figures in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shift_arrays import draw

from dann.shift.a_distance import ADistance, a_distance
from dann.shift.label_shift import LabelShift
from dann.shift.measure import Distances, Gap, distances
from dann.shift.reading import advice, before_and_after, read, size_of


@pytest.fixture(scope='module')
def measured() -> Distances:
    return distances(draw(30, 3), draw(25, 3, seed=1) + 1, permutations=199)


def made(measured: Distances, name: str, error: float, p_value: float = 0.002) -> Gap:
    figures = replace(
        measured,
        a_distance=ADistance(a_distance(error), error, 0.1),
        mmd=replace(measured.mmd, p_value=p_value),
    )
    return Gap(name, figures)


@pytest.mark.parametrize(
    ('error', 'p_value', 'expected'),
    [
        (0.01, 0.051, 'no'),
        (0.49, 0.05, 'small'),
        (0.376, 0.01, 'small'),
        (0.375, 0.01, 'moderate'),
        (0.126, 0.01, 'moderate'),
        (0.125, 0.01, 'large'),
        (0.0, 0.01, 'large'),
    ],
)
def test_the_size_of_a_gap(measured: Distances, error: float, p_value: float, expected: str) -> None:
    assert size_of(made(measured, 'pixels', error, p_value).distances) == expected


def test_a_sentence_reads_the_figures(measured: Distances) -> None:
    text = read(made(measured, 'pixels', 0.02))
    assert text.startswith('pixels: large gap. A linear classifier errs on 2.0 % of held-out samples')
    assert '(A-distance 1.92 ± 0.20); the permutation test rejects' in text
    assert '(p = 0.002)' in text
    assert 'does not reject' in read(made(measured, 'pixels', 0.5, 0.3))


def test_advice_goes_by_size_and_warns_of_label_shift(measured: Distances) -> None:
    large, small = made(measured, 'encoder', 0.01), made(measured, 'encoder', 0.45)
    assert 'Style transfer' in advice(large)[0]
    assert 'source alone is usually fine' in advice(small)[0]
    thirds, other = np.ones(3) / 3, np.array([0.1, 0.1, 0.8])
    shift = LabelShift(thirds, other, other / thirds, 0.47, 0.005, 3.2)
    warned = advice(replace(small, label_shift=shift))
    assert len(warned) == 2
    assert 'Label shift: 47 % of the target' in warned[1]
    assert 'hurts under label shift' in warned[1]
    unsure = advice(replace(large, label_shift=shift))[1]
    assert 'only where a class looks the same' in unsure
    assert 'hurts under label shift' not in unsure
    assert len(advice(replace(large, label_shift=replace(shift, p_value=0.2)))) == 1


def test_before_and_after(measured: Distances) -> None:
    rows = [made(measured, name, error) for name, error in (('source_only', 0.1), ('a', 0.2), ('b', 0.05))]
    ceiling = replace(made(measured, 'target_supervised', 0.5), uses_target_labels=True)
    text = before_and_after([*rows, ceiling])
    assert 'is 1.60 with source_only and lower with 1 of 2 methods, lowest with a (1.20)' in text
    assert before_and_after(rows[1:]) == before_and_after([rows[0], ceiling]) == ''


@pytest.mark.parametrize('error', [0.45, 0.2])
@pytest.mark.parametrize('changes', [{'explained': 0.4}, {'condition': float('inf')}])
def test_label_shift_is_not_claimed_where_the_estimate_contradicts_itself(
    measured: Distances, error: float, changes: dict[str, Any]
) -> None:
    half = np.ones(2) / 2
    shift = replace(LabelShift(half, np.array([1.0, 0]), np.array([2.0, 0]), 0.5, 0.005, 3.2), **changes)
    said = ' '.join(advice(replace(made(measured, 'a', error), label_shift=shift)))
    assert 'Nothing is said about label shift' in said
    assert '% of the target would have to change class' not in said
