"""A metric of the user's own is a figure like the others: of every row, with intervals and differences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fairness_fake import RIGHT, predictions, write_grouped

from dann.benchmarks.fairness.metrics import metrics
from dann.benchmarks.fairness.report import FairnessReport
from dann.core.errors import UserError

OWN = ['own_metrics.spread']


def test_it_is_measured_on_every_row(tmp_path: Path) -> None:
    report = FairnessReport.open(write_grouped(tmp_path), metrics=OWN)
    rows = {row['method']: row for row in report.as_dict()['domains']['target']}
    for method, (dark, light) in RIGHT.items():
        assert rows[method]['spread']['mean'] == pytest.approx(abs(light - dark) / 200 / 2)
    assert rows['dann']['spread']['difference']['mean'] == pytest.approx((24 - 80) / 400)
    assert rows['dann']['spread']['excludes_zero']
    assert '| method      | spread ' in report.text
    assert 'spread' not in FairnessReport.open(tmp_path).text


def test_one_seed_has_an_interval_over_samples(tmp_path: Path) -> None:
    report = FairnessReport.open(write_grouped(tmp_path, seeds=1), metrics=OWN)
    (run,) = report.as_dict()['domains']['target'][0]['spread']['runs']
    low, high = run['interval']
    assert low < run['value'] < high


@pytest.mark.parametrize(
    ('path', 'words'),
    [
        ('own_metrics.flat', r'returned shape \(\) for counts of shape \(2, 3, 4, 4\); let it take'),
        ('own_metrics.broken', 'cannot be used'),
        ('own_metrics.worst_accuracy', 'the metric worst_accuracy is there already'),
        ('own_metrics.nothing', 'cannot import metric'),
        ('spread', 'cannot import metric'),
    ],
)
def test_what_is_no_metric_is_refused(path: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        metrics([path])


def test_it_is_called_as_its_function_is() -> None:
    found = metrics(OWN * 2)
    assert [*found] == ['spread']
    assert found['spread'](np.ones((5, 2, 3, 3), dtype=np.int64)).shape == (5,)


def test_what_is_no_number_where_a_group_is_empty_is_a_line() -> None:
    grouped = replace(predictions((80, 160)), names=('dark', 'light', 'none'), further=metrics(OWN))
    with (
        pytest.warns(RuntimeWarning, match='invalid value'),
        pytest.raises(UserError, match='the metric spread is nan here, where a group may have no samples'),
    ):
        grouped.figures  # noqa: B018
