"""What was found as JSON and Markdown."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from monitored import batch, monitored_report, seen

from dann.transfer.monitoring.plan import DESCRIBED, Plan
from dann.transfer.monitoring.simulation import Simulation
from dann.transfer.monitoring.stream import watch


def test_the_headline_says_where_the_first_alarm_is() -> None:
    report = monitored_report(shift=2.0)
    assert report.headline == 'Alarm in 2 of 4 windows, the first in window 3 (new), after 150 samples.'
    assert report.alarm
    assert monitored_report().headline == 'No alarm and no warning in 4 windows.'
    assert not monitored_report().alarm


def test_json_holds_everything() -> None:
    report = replace(monitored_report(shift=2.0), simulation=Simulation(100, 4, 1, 7))
    found = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert found['verdict'] == 'alarm'
    assert found['alarm'] is True
    assert found['samples_until_alarm'] == 150
    assert found['plan']['level'] == 0.05
    assert found['reference']['samples'] == 200
    assert sum(found['reference']['predicted'].values()) == pytest.approx(1)
    window = found['windows'][2]
    assert window['verdict'] == 'alarm'
    assert window['ks_p'] == window['moved'][0]['p_value']
    assert window['moved'][0]['variable'] == report.variable(window['moved'][0]['index'])
    assert len(window['moved']) == 5
    assert found['simulation']['alarms'] == 1
    assert found['simulation']['alarm_rate'][0] < 0.01 < found['simulation']['alarm_rate'][1]


def test_variables_are_called_by_their_feature_or_class() -> None:
    report = monitored_report()
    assert report.variable(11) == 'feature 11'
    assert report.variable(12) == 'probability of bus'


def test_tables_have_a_row_for_each_window_and_each_batch() -> None:
    report = monitored_report(shift=2.0)
    grid = report.grid()
    assert [row[0] for row in grid] == ['window', '1', '2', '3', '4']
    assert [row[-1] for row in grid] == ['verdict', '—', '—', 'alarm', 'alarm']
    shares = report.shares_grid()
    assert [row[0] for row in shares] == ['predicted, %', 'reference (200)', 'old (100)', 'new (100)']
    for row in shares[1:]:
        assert sum(map(float, row[1:])) == pytest.approx(100, abs=0.3)


def test_shares_of_a_batch_weigh_windows_by_their_samples() -> None:
    view = seen(130, 3)
    report = replace(monitored_report(), windows=watch(seen(100, 0), [batch(view, 'one')], Plan(window=50)))
    counts = [int((view.predictions == place).sum()) for place in range(4)]
    assert [float(each) for each in report.shares_grid()[2][1:]] == pytest.approx(
        [100 * count / 130 for count in counts], abs=0.06
    )


def test_a_batch_called_reference_has_a_row_of_its_own() -> None:
    windows = watch(seen(100, 0), [batch(seen(200, 3), 'reference')])
    grid = replace(monitored_report(), windows=windows).shares_grid()
    assert [row[0] for row in grid[1:]] == ['reference (200)', 'reference (200)']
    assert grid[1] != grid[2]


def test_notes_say_the_rates_and_why_there_is_no_estimate() -> None:
    report = monitored_report()
    text = report.as_markdown()
    assert 'has an alarm with a probability of at most 5 %, and a warning of at most 20 %' in text
    assert 'No estimate of accuracy' in text
    assert '--labelled' in text
    assert 'est. ATC' not in text
    assert f'draws {DESCRIBED} permutations at most' in text
    assert 'Simulated' not in text
    simulated = replace(report, simulation=Simulation(100, 4, 1, 7)).as_markdown()
    assert 'of 100 streams without drift, each 4 windows of one half' in simulated
    assert '1 had an alarm (95 % interval 0.0 to 5.4 %' in simulated
    estimated = replace(
        report,
        estimated=True,
        windows=tuple(replace(each, estimates={'ATC': 0.625}) for each in report.windows),
    ).as_markdown()
    assert 'est. ATC' in estimated
    assert '62.5' in estimated
    assert 'No estimate of accuracy' not in estimated


def test_windows_without_the_permutation_test_are_marked() -> None:
    late = replace(monitored_report(), windows=watch(seen(100, 0), [batch(seen(50, 1))], seen=500))
    assert late.grid()[1][4].endswith(' *')
    assert any(note.startswith('* No part of the verdict') for note in late.notes)
    assert not any(note.startswith('*') for note in monitored_report().notes)


def test_names_of_strangers_stay_text() -> None:
    report = replace(monitored_report(), classes=('a|b', '<b>', 'x\x1b[2J', 'y'), model='<i>\n')
    text = report.as_markdown()
    assert '\x1b' not in text
    assert r'a\|b' in text
    assert '\\<b>' in text
