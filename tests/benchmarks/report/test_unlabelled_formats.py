"""CSV and JSON of a table without labels."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from unlabelled_fake import write_unlabelled

from dann.benchmarks.report.unlabelled import build_ranking
from dann.benchmarks.report.unlabelled_formats import ranking_csv, ranking_dict
from dann.benchmarks.report.unlabelled_sheet import ranking_sheet
from dann.benchmarks.results.opened import Results


def test_both_have_fractions_in_the_order_of_the_ranks(tmp_path: Path) -> None:
    ranking = build_ranking(Results.open(write_unlabelled(tmp_path)))
    lines = list(csv.DictReader(io.StringIO(ranking_csv(ranking))))
    found = json.loads(json.dumps(ranking_dict(ranking_sheet(ranking), ranking), allow_nan=False))
    assert [(line['rank'], line['method']) for line in lines] == [
        ('1', 'dann'),
        ('2', 'source_only'),
        ('3', 'mmd'),
    ]
    for line, row in zip(lines, found['rows'], strict=True):
        assert float(line['score']) == row['score']
        assert float(line['agreement_with_most_half_width']) == row['agreement_with_most_half_width']
    dann = found['rows'][0]
    assert dann['cot'] == pytest.approx(0.62)
    assert dann['agreement_with_source_only'] == 0.5
    assert [(run['seed'], run['step'], run['score']) for run in dann['runs']] == [
        (0, 100, 0.5),
        (1, 100, 0.54),
    ]
    assert (found['unlabelled'], found['left_out']) == (True, ['target_supervised'])


def test_what_is_not_known_is_empty(tmp_path: Path) -> None:
    ranking = build_ranking(Results.open(write_unlabelled(tmp_path)), 'last')
    row = next(iter(csv.DictReader(io.StringIO(ranking_csv(ranking)))))
    assert (row['rank'], row['score']) == ('', '')
    assert ranking_dict(ranking_sheet(ranking), ranking)['rows'][0]['runs'][0]['score'] is None
