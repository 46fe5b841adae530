"""What is said of a table without labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from unlabelled_fake import SCORES, write_unlabelled

from dann.benchmarks.report import unlabelled_words as words
from dann.benchmarks.report.unlabelled import build_ranking
from dann.benchmarks.report.unlabelled_words import headline, notes, scored, sentences
from dann.benchmarks.results.opened import Results
from dann.reporting.notation import ABSENT
from dann.stats.intervals import estimate


def test_a_score_has_three_decimals_and_its_interval() -> None:
    assert scored(None) == ABSENT
    assert scored(estimate([0.5])) == '0.500'
    assert scored(estimate([-0.0])) == '0.000'
    assert scored(estimate([-0.10, -0.14])) == '-0.120 (-0.140, -0.100)'


def test_the_headline_names_the_first_row_and_claims_no_accuracy(tmp_path: Path) -> None:
    folder = write_unlabelled(tmp_path)
    text = headline(build_ranking(Results.open(folder)))
    assert text.startswith(
        'On street/day → street/night, dann has the highest val/infomax of 2 adaptation methods: 0.520 (0.500, 0.540), '
        'where source-only training has 0.310 (0.300, 0.320). No target label was seen'
    )
    assert headline(build_ranking(Results.open(folder), 'last')).startswith('No row of street/day')


def test_the_headline_says_that_no_method_is_above_source_only(tmp_path: Path) -> None:
    ranking = build_ranking(Results.open(write_unlabelled(tmp_path)))
    standings = dict(ranking.standings)
    standings['source_only'] = replace(standings['source_only'], score=estimate([0.6, 0.7]))
    text = headline(replace(ranking, standings=standings))
    assert text.startswith(
        'On street/day → street/night, none of 2 adaptation methods has a higher val/infomax than source-only '
        'training, 0.650 (0.600, 0.700); the highest is dann with 0.520 (0.500, 0.540). No target label was seen'
    )


def test_the_sentences_give_the_errors_of_the_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, 'ERRORS', {'ATC': (1.25, -0.5), 'DoC': (22.0, 22.0)})
    monkeypatch.setattr(words, 'ERRORS_ON', 'a pair, 3 runs')
    first, second = sentences()
    assert first.startswith('No target label was seen')
    assert '(a pair, 3 runs)' in second
    assert 'ATC 1.2 (bias -0.5), DoC 22.0 (bias +22.0).' in second


def test_the_notes_say_what_is_missing(tmp_path: Path) -> None:
    asked = {'methods': {name: {} for name in [*SCORES, 'coral']}, 'seeds': [0, 1]}
    text = '\n'.join(notes(build_ranking(Results.open(write_unlabelled(tmp_path, **asked)))))
    assert 'Left out, because they train on target labels: target_supervised.' in text
    assert 'Incomplete: coral has 0 of 2 planned seeds (missing: 0, 1).' in text
    assert 'Brackets hold both values' in text
    assert 'last step' not in text
