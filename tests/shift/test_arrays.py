"""Feature matrices that do not fit are refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shift_arrays import draw

from dann.shift.arrays import two_domains


def test_both_come_back_in_double_precision() -> None:
    source, target = two_domains(draw(4, 3).astype(np.float32), draw(5, 3))
    assert source.dtype == target.dtype == np.float64
    assert (source.shape, target.shape) == ((4, 3), (5, 3))


def test_bad_features_are_refused() -> None:
    with pytest.raises(ValueError, match=r'\(Ns, D\) and \(Nt, D\), got \(20, 4\) and \(20, 3\)'):
        two_domains(draw(20, 4), draw(20, 3))
    broken = draw(20, 4)
    broken[3, 2] = math.nan
    with pytest.raises(ValueError, match='NaN or infinity in the target'):
        two_domains(draw(20, 4), broken)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match='at least 10 samples a domain, got 20 and 9'):
        two_domains(draw(20, 4), draw(9, 4), at_least=10)
    with pytest.raises(ValueError, match='at least 2 samples a domain, got 1 and 9'):
        two_domains(draw(1, 4), draw(9, 4))
