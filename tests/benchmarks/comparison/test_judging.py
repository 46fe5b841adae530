"""Regret and rank correlation, against slow authors and by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from benchmarks_fake import record, write_folder, write_job

from dann import cli
from dann.benchmarks.comparison.judging import (
    judge,
    judged_rules,
    pools,
    regret,
    spearman,
    weighted_spearman,
)
from dann.benchmarks.results.records import Record


def slow_weighted_spearman(scores: list[float], accuracies: list[float]) -> float:
    def ranks(values: list[float]) -> list[float]:
        ladder = sorted(set(values))
        return [(ladder.index(value) + 1) / len(ladder) for value in values]

    v, t = ranks(scores), ranks(accuracies)
    w = [max(pair) ** 2 for pair in zip(v, t, strict=True)]
    total = sum(w)
    mean_v = sum(a * b for a, b in zip(w, v, strict=True)) / total
    mean_t = sum(a * b for a, b in zip(w, t, strict=True)) / total
    covariance = sum(a * (b - mean_v) * (c - mean_t) for a, b, c in zip(w, v, t, strict=True))
    spread_v = sum(a * (b - mean_v) ** 2 for a, b in zip(w, v, strict=True))
    spread_t = sum(a * (b - mean_t) ** 2 for a, b in zip(w, t, strict=True))
    return covariance / math.sqrt(spread_v * spread_t)


@pytest.mark.parametrize('seed', range(5))
def test_rank_correlations_against_other_authors(seed: int) -> None:
    from scipy.stats import spearmanr

    draw = np.random.default_rng(seed)
    scores = draw.integers(0, 12, 40).astype(float)
    accuracies = scores + draw.normal(0, 4, 40).round()
    assert spearman(scores, accuracies) == pytest.approx(float(spearmanr(scores, accuracies).statistic))
    slow = slow_weighted_spearman(scores.tolist(), accuracies.tolist())
    assert weighted_spearman(scores, accuracies) == pytest.approx(slow)


def test_weights_make_a_mistake_at_the_top_count_more() -> None:
    accuracies = np.arange(20.0)
    top, bottom = accuracies.copy(), accuracies.copy()
    top[[19, 15]], bottom[[0, 4]] = top[[15, 19]], bottom[[4, 0]]
    assert spearman(top, accuracies) == pytest.approx(spearman(bottom, accuracies))
    assert weighted_spearman(top, accuracies) < weighted_spearman(bottom, accuracies)


def test_correlations_are_one_for_any_rising_score_and_undefined_for_a_constant() -> None:
    accuracies = np.array([0.1, 0.5, 0.2, 0.9])
    for measure in (spearman, weighted_spearman):
        assert measure(np.exp(accuracies), accuracies) == pytest.approx(1)
        assert measure(-accuracies, accuracies) < 0
        assert math.isnan(measure(np.zeros(4), accuracies))


def candidate(method: str, step: int, score: float, val: float, test: float, seed: int = 0) -> Record:
    scores = {'val/snd': score, 'oracle/target_val_accuracy': val, 'oracle/target_test_accuracy': test}
    return record(method, seed, step, scores=scores)


POOL = [
    candidate('dann', 10, 0.1, 0.5, 0.52),
    candidate('dann', 20, 0.9, 0.4, 0.42),
    candidate('mmd', 10, 0.3, 0.7, 0.68),
    candidate('mmd', 20, 0.4, 0.6, 0.71),
]


def test_regret_by_hand() -> None:
    assert regret(POOL, 'val/snd') == pytest.approx(0.68 - 0.42)
    assert regret(POOL, 'oracle') == 0
    verdict = judge(pools(POOL), 'val/snd')
    assert verdict is not None
    assert verdict.method.mean == pytest.approx(0.26)
    assert verdict.checkpoint.mean == pytest.approx(((0.52 - 0.42) + (0.68 - 0.71)) / 2)
    assert verdict.method.half_width is None
    assert verdict.methods == ('dann',)
    assert verdict.accuracy is not None
    assert verdict.accuracy.mean == pytest.approx(0.42)


def test_rows_that_use_target_labels_are_no_candidates() -> None:
    assert list(pools([record('target_supervised')])) == []


def test_a_rule_is_judged_only_where_every_pool_has_it() -> None:
    other = [{**each, 'benchmark': 'else', 'scores': {**each['scores']}} for each in POOL]
    for each in other:
        del each['scores']['val/snd']  # type: ignore[attr-defined]
    assert judged_rules(POOL) == ['last', 'val/snd']
    assert judged_rules([*POOL, *other]) == ['last']  # type: ignore[list-item]


def test_a_score_that_is_never_a_number_in_one_run_falls_back_to_its_last_step() -> None:
    pool = [*POOL, candidate('afn', 10, math.nan, 0.3, 0.31), candidate('afn', 20, math.nan, 0.2, 0.21)]
    verdict = judge(pools(pool), 'val/snd')
    assert verdict is not None
    assert verdict.checkpoint.mean == pytest.approx((0.10 - 0.03 + 0.10) / 3)


def suite(root: Path) -> Path:
    for name, sign in (('day', 1), ('sim', -1)):
        folder = write_folder(root / name, {}, pictures=False)
        for method, best in (('source_only', 0.6), ('dann', 0.8)):
            for seed in (0, 1):
                steps = [
                    record(
                        method,
                        seed,
                        step,
                        benchmark=name,
                        scores={
                            'val/infomax': step + 10 * best,
                            'val/odd': sign * (step + seed),
                            'val/source_accuracy': 0.9,
                            'val/marginal_entropy': 0.9,
                            'oracle/target_val_accuracy': best + step / 100,
                            'oracle/target_test_accuracy': best + step / 100,
                        },
                    )
                    for step in (1, 2, 3)
                ]
                write_job(folder, steps, pictures=False)
    return root


def test_the_command_ranks_per_benchmark_and_pooled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(['validators', str(suite(tmp_path))]) == 0
    printed = capsys.readouterr().out
    assert printed.index('**all benchmarks**') < printed.index('**day**') < printed.index('**sim**')
    assert 'val/infomax+guard' in printed
    assert cli.main(['validators', str(tmp_path / 'day'), str(tmp_path / 'sim'), '--json']) == 0
    found = json.loads(capsys.readouterr().out)
    pooled = {each['rule']: each for each in found['all benchmarks']}
    assert found['all benchmarks'][0]['rule'] == 'val/infomax'
    assert pooled['val/infomax']['method']['mean'] == 0
    assert pooled['val/odd']['worst'] == pytest.approx(0.02)
    assert pooled['val/odd']['method']['n'] == 4


def test_the_report_says_what_its_rule_loses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['report', str(suite(tmp_path) / 'day'), '--select', 'val/infomax+guard']) == 0
    printed = capsys.readouterr().out
    assert (
        'Against the oracle val/infomax+guard loses 0.0 ± 0.0 points in the choice of a checkpoint' in printed
    )
    assert 'that it chooses by itself, seed by seed: dann (2 of 2); 83.0 ± 0.0 %.' in printed


def test_a_suite_says_what_its_rule_loses_over_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(['report', str(suite(tmp_path))]) == 0
    printed = capsys.readouterr().out
    assert printed.count('Against the oracle val/infomax loses') == 3
    assert 'Over all 2 benchmarks: Against the oracle val/infomax loses 0.0 ± 0.0 points' in printed
