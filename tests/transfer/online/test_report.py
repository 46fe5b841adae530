"""The table of streams that passed."""

from __future__ import annotations

import json

import pytest
from online_networks import stream

from dann.stats.intervals import estimate
from dann.transfer.online.report import OnlineReport, Row, online_markdown

NONE = [{'online': 0.50, 'toy/b': 0.6, 'toy/c': 0.4}, {'online': 0.52, 'toy/b': 0.7, 'toy/c': 0.34}]
TENT = [{'online': 0.60, 'toy/b': 0.7, 'toy/c': 0.5}, {'online': 0.66, 'toy/b': 0.8, 'toy/c': 0.52}]


def report(*rows: Row) -> OnlineReport:
    return OnlineReport((stream(), stream()), ('source-only, a to b',), 1, rows)


def test_figures_are_means_with_intervals_and_gains_are_paired() -> None:
    found = report(Row('none', [*NONE], [0.1, 0.1]), Row('tent', [*TENT], [0.24, 0.24]))
    figures = found.as_json()
    none, tent = figures['rows']
    expected = estimate([0.10, 0.14])
    assert tent['gain']['mean'] == pytest.approx(expected.mean)
    assert tent['gain']['half_width'] == pytest.approx(expected.half_width)
    assert none['gain'] is None
    assert tent['segments']['toy/c']['mean'] == pytest.approx(0.51)
    assert tent['milliseconds_per_image'] == pytest.approx(10)
    assert tent['runs'] == TENT
    assert (figures['images'], figures['batches'], figures['batch_size'], figures['seeds']) == (24, 6, 4, 2)
    assert [each['name'] for each in figures['segments']] == ['toy/b', 'toy/c']


def test_the_table_is_made_of_the_figures_and_can_be_made_again_from_them() -> None:
    found = report(Row('none', [*NONE], [0.1, 0.1]), Row('tent', [*TENT], [0.24, 0.24]))
    text = found.as_markdown()
    assert text == online_markdown(json.loads(json.dumps(found.as_json())))
    cells = [
        [cell.strip() for cell in line.split('|')[1:-1]] for line in text.splitlines() if line[:1] == '|'
    ]
    assert cells[0] == ['method', 'online', 'vs none', 'toy/b', 'toy/c', 'ms/image']
    assert cells[3] == [
        'tent',
        '63.0 (60.0, 66.0)',
        '+12.0 (+10.0, +14.0)',
        '75.0 (70.0, 80.0)',
        '51.0 (50.0, 52.0)',
        '10.0',
    ]
    assert (
        'Protocol continual: 2 streams of 24 images in 6 batches of at most 4, past 1 network: source-only'
        in text
    )


def test_without_labels_the_table_says_so() -> None:
    text = report(Row('none', [None, None], [0.1, 0.1])).as_markdown()
    assert '| none   | —' in text
    assert 'has no labels, so that there is no accuracy' in text


def test_without_the_network_as_it_is_there_is_no_difference() -> None:
    (row,) = report(Row('tent', [*TENT], [0.1, 0.1])).as_json()['rows']
    assert row['gain'] is None


def test_one_batch_is_one() -> None:
    whole = OnlineReport((stream('mixed', batch_size=30),), ('x',), 1, (Row('none', [None], [0.1]),))
    assert (
        'Protocol mixed: 1 stream of 24 images in 1 batch of at most 24, past 1 network: x.'
        in whole.as_markdown()
    )
