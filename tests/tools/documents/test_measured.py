"""The page of measurements."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from kept_results import NEAR

from dann.engine.catalogue import rows
from tools.documents.kept import Kept, read_results
from tools.documents.measured import improved, measured


def test_the_page_of_measurements_counts_winners_and_names_losers(docs: Path, kept: list[Kept]) -> None:
    near, far = kept
    assert {row.method for row in improved(near)} == {'dann', 'cdan', 'mmd', 'coral', 'fda'}
    assert {row.method for row in improved(far)} == {'fda'}
    page = (docs / 'benchmarks.md').read_text()
    assert '5 of 6 methods, of 4 families, improve on source-only' in page
    assert (
        '(Adversarial 2, MMD 1, Moments 1, Style 1): at least five methods of at least three families do'
        in page
    )
    assert '1 of 6 methods, of 1 family, improve on source-only' in page
    assert 'fewer than five methods of three families, so that is not shown here' in page
    assert 'With 3 seeds the half-width of an interval is 2.5 times the deviation' in page
    assert page.count('- Worse than source-only, interval without zero: Style (1): reinhard -12.0') == 2
    assert '6 intervals of 95 % are compared with zero' in page
    assert '| target_supervised (uses target labels) |' in page


def test_the_page_of_measurements_says_how_the_numbers_came_to_be(docs: Path) -> None:
    page = (docs / 'benchmarks.md').read_text()
    assert (
        '2026-01-02, 4 minutes on 2 cores, no accelerator, without calls that were killed; the jobs took 1 minutes one '
        'after another; commit 0123abc, python 3.11.9, torch 2.13.0' in page
    )
    assert '- failed: mixstyle-seed1-ba9876543210: RunError: the <loss> is NaN at step 40' in page
    assert '400 steps for every row, evaluated 4 times; seeds 0, 1, 2' in page
    assert '| 1.5   |' in page


def test_rows_without_a_measurement_are_listed(docs: Path, kept: list[Kept]) -> None:
    missing = (docs / 'benchmarks.md').read_text().split('## Not measured')[1]
    for name in rows():
        assert (name in missing.replace(',', ' ').split()) == (name not in NEAR), name
    assert 'both pairs: source_only' in measured([])


def test_rows_that_change_images_are_not_missed_on_stored_features(kept: list[Kept]) -> None:
    frozen = replace(kept[0], asked={**kept[0].asked, 'model': {'init_args': {'freeze': 'all'}}})
    missing = measured([frozen]).split('## Not measured')[1].replace(',', ' ').split()
    assert 'lmmd' in missing
    assert not {'fix_match', 'cyclegan', 'adabn', 'mix_style'} & {*missing}


def with_batch_norm(docs: Path, plain: float) -> str:
    """Return the page on a network with batch norm, beside a table of source-only without it."""
    path = docs / 'results' / 'catalogue-day-to-night-scratch.json'
    content = json.loads(path.read_text())
    content['asked']['model'] = {'init_args': {'backbone': {'init_args': {'batch_norm': True}}}}
    path.write_text(json.dumps(content))
    (docs / 'results' / 'day-to-night-scratch.csv').write_text(
        'method,rule,n,mean,deviation,half_width\n'
        f'source_only,last,5,0.1,0.1,0.1\nsource_only,val/infomax,5,{plain},0.01,0.02\n'
    )
    return measured(read_results(docs))


def test_source_only_without_batch_norm_stands_beside_a_network_that_has_it(docs: Path) -> None:
    page = with_batch_norm(docs, 0.505)
    assert 'Without batch norm source-only reaches 50.5 ± 2.0 (`dann benchmark day-to-night-scratch`)' in page
    above = [name for name, values in NEAR.items() if sum(values) / 3 - 0.02 > 0.505]
    methods = len(above) - 1  # but the ceiling
    assert f'Above source-only without batch norm in the mean: {methods} of 6.' in page
    assert page.count('recovery of what batch norm broke') == 1


def test_nothing_is_called_recovery_where_batch_norm_broke_nothing(docs: Path) -> None:
    page = with_batch_norm(docs, 0.2)
    assert 'Without batch norm source-only reaches 20.0' in page
    assert 'recovery' not in page
