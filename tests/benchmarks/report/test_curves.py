"""Curves are means over runs, their bands the intervals."""

import pytest
from benchmarks_fake import record, records_of, table_of
from figures import leave_out_pdf

from dann.benchmarks.report.curves import curve, curve_scores, limits, score_curves


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_pdf(monkeypatch)


def test_curves_average_over_runs_and_skip_what_is_not_a_number() -> None:
    records = [
        record(seed=0, step=100, scores={'val/snd': 0.2}),
        record(seed=1, step=100, scores={'val/snd': 0.4}),
        record(seed=0, step=200, scores={'val/snd': 0.6}),
        record(seed=1, step=200, scores={'val/snd': float('nan')}),
    ]
    found = curve(records, 'val/snd')
    assert list(found) == [100, 200]
    assert [each.mean for each in found.values()] == pytest.approx([0.3, 0.6])
    # two values 0.2 apart: s / sqrt(2) = 0.1, and t(0.975, 1) = 12.7062
    assert found[100].half_width == pytest.approx(1.27062, abs=1e-5)
    assert found[200].half_width is None
    assert curve(records, 'val/none') == {}


def test_an_accuracy_has_an_axis_that_ends_at_a_hundred() -> None:
    assert limits([90.0, 99.0], [5.0], most=100) == pytest.approx((85.0, 100.0))
    assert limits([0.0, 1.0], [], most=None) == pytest.approx((-0.15, 1.15))
    assert limits([0.0, 1.0], [50.0], most=None) == pytest.approx((-1.0, 2.0))  # as two seeds give
    low, high = limits([0.5], [], most=None)
    assert low < 0.5 < high


def test_a_score_that_was_never_a_number_has_no_panel() -> None:
    records = [*records_of({'source_only': [0.6]}), record('source_only', scores={'val/mmd': float('nan')})]
    table = table_of({'source_only': [0.6]})
    assert 'val/mmd' not in curve_scores(records, table)
    assert 'loss/source' not in curve_scores(records, table)
    assert 'val/infomax' in curve_scores(records, table)


def test_each_row_has_a_band() -> None:
    rows = {'source_only': [0.6, 0.62], 'dann': [0.8, 0.82]}
    svg = score_curves(records_of(rows), table_of(rows))['svg']
    assert svg.count(b'id="FillBetweenPolyCollection_') == 2 * 6  # of six scores
