"""Label shift is the total variation distance, of every pair of domains."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from checks_found import found
from planted import (
    CLASSES,
    clean_folder,
    noise,
    save,
)

from dann.datasets.checks import check_data
from dann.datasets.checks.classes import total_variation


def test_domains_are_compared_in_all_pairs(tmp_path: Path) -> None:
    root = clean_folder(tmp_path, split=False)
    for number in range(30):
        save(root / f'fog/{CLASSES[number % 2]}/{number}.png', noise(3000 + number))
    check = check_data(root)
    assert [(shift.source, shift.target) for shift in check.shifts] == [
        ('day', 'fog'),
        ('day', 'night'),
        ('fog', 'night'),
    ]
    assert found(check) == {
        'class-in-one-domain': {'day/van', 'night/van'},
        'label-shift': {'day - fog', 'fog - night'},
    }
    assert found(check_data(root, source='night', target='day')) == {}
    assert check_data(root, source='night', target='day').listing.domains == ['night', 'day']


def test_total_variation_is_that_of_the_definition() -> None:
    assert total_variation(Counter(a=3, b=1), Counter(a=30, b=10)) == 0
    assert total_variation(Counter(a=3), Counter(b=1)) == 1
    assert total_variation(Counter(a=3, b=1), Counter(a=1, b=3)) == pytest.approx(0.5)
