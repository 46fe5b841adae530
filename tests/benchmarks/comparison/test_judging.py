"""What a rule loses against the oracle, by hand."""

from __future__ import annotations

import math

import pytest
from benchmarks_fake import record

from dann.benchmarks.comparison.judging import evaluate_rule, in_words, judged_rules, pools, regret
from dann.benchmarks.results.records import Record


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
    verdict = evaluate_rule(pools(POOL), 'val/snd')
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
    verdict = evaluate_rule(pools(pool), 'val/snd')
    assert verdict is not None
    assert verdict.checkpoint.mean == pytest.approx((0.10 - 0.03 + 0.10) / 3)


def test_last_stands_for_the_mean_over_methods() -> None:
    # the oracle takes mmd at 10, which reads 0.68; the last steps read 0.42 and 0.71
    assert regret(POOL, 'last') == pytest.approx(0.68 - (0.42 + 0.71) / 2)
    evaluation = evaluate_rule(pools(POOL), 'last')
    assert evaluation is not None
    assert evaluation.method.mean == pytest.approx(0.68 - (0.42 + 0.71) / 2)
    assert evaluation.checkpoint.mean == pytest.approx(((0.52 - 0.42) + (0.68 - 0.71)) / 2)
    assert (evaluation.spearman, evaluation.weighted, evaluation.methods) == (None, None, ())


def two_seeds() -> list[Record]:
    """A second seed in which the score chooses what the oracle chooses."""
    other = [
        candidate('dann', 10, 0.1, 0.5, 0.5, seed=1),
        candidate('mmd', 10, 0.9, 0.6, 0.6, seed=1),
    ]
    return [*POOL, *other]


def test_every_pool_counts_the_same_and_the_worst_is_kept() -> None:
    evaluation = evaluate_rule(pools(two_seeds()), 'val/snd')
    assert evaluation is not None
    assert evaluation.method.mean == pytest.approx((0.26 + 0.0) / 2)
    assert evaluation.worst == pytest.approx(0.26)
    assert evaluation.checkpoint.mean == pytest.approx(((0.10 - 0.03) / 2 + 0.0) / 2)
    assert evaluation.methods == ('dann', 'mmd')
    assert evaluation.accuracy is not None
    assert evaluation.accuracy.mean == pytest.approx((0.42 + 0.6) / 2)
    assert evaluation.method.n == 2


def test_a_pool_is_a_benchmark_and_a_seed() -> None:
    elsewhere = {**POOL[0], 'benchmark': 'else'}
    unreported = record('coral', scores={'val/snd': 0.1})
    del unreported['scores']['oracle/target_test_accuracy']
    found = pools([*two_seeds(), elsewhere, unreported])  # type: ignore[list-item]
    assert {key: len(pool) for key, pool in found.items()} == {
        ('day-to-night', 0): 4,
        ('day-to-night', 1): 2,
        ('else', 0): 1,
    }


def test_rank_correlation_by_hand() -> None:
    # ranks of the score 1 4 2 3, of the accuracy 2 1 3 4: 1 - 6 (1 + 9 + 1 + 1) / (4 (16 - 1))
    evaluation = evaluate_rule(pools(POOL), 'val/snd')
    assert evaluation is not None
    assert evaluation.spearman is not None
    assert evaluation.spearman.mean == pytest.approx(-0.2)


def test_a_candidate_without_a_number_ranks_lowest() -> None:
    absent = [{**each, 'scores': dict(each['scores'])} for each in POOL]
    absent[1]['scores']['val/snd'] = math.nan  # type: ignore[index]
    # ranks of the score 1.5 1.5 3 4, of the accuracy 2 1 3 4
    evaluation = evaluate_rule(pools(absent), 'val/snd')  # type: ignore[arg-type]
    assert evaluation is not None
    assert evaluation.spearman is not None
    assert evaluation.spearman.mean == pytest.approx(4.5 / math.sqrt(4.5 * 5))


def test_a_candidate_that_does_not_pass_the_guard_ranks_lowest() -> None:
    pool = [
        {**each, 'scores': each['scores'] | {'val/marginal_entropy': spread, 'val/source_accuracy': 0.9}}
        for each, spread in zip(POOL, (0.9, 0.1, 0.9, 0.9), strict=True)
    ]
    evaluation = evaluate_rule(pools(pool), 'val/snd+guard')  # type: ignore[arg-type]
    assert evaluation is not None
    assert evaluation.spearman is not None
    assert evaluation.spearman.mean == pytest.approx(4.5 / math.sqrt(4.5 * 5))
    assert evaluation.methods == ('mmd',)


def test_a_rule_that_is_never_a_number_in_a_pool_has_no_evaluation() -> None:
    nowhere = [candidate('dann', 10, math.nan, 0.5, 0.5, seed=1)]
    assert evaluate_rule(pools([*POOL, *nowhere]), 'val/snd') is None


def test_an_evaluation_in_words() -> None:
    evaluation = evaluate_rule(pools(POOL), 'val/snd')
    assert evaluation is not None
    assert in_words(evaluation).startswith(
        'Against the oracle val/snd loses 3.5 points in the choice of a checkpoint and 26.0 in that of method and '
        'checkpoint; its rank correlation with target test accuracy is -0.20 (Spearman; weighted '
    )
    assert in_words(evaluation).endswith('seed by seed: dann (1 of 1); 42.0 %.')


def test_a_candidate_that_was_never_scored_is_no_part_of_the_correlation() -> None:
    absent = [{**each, 'scores': dict(each['scores'])} for each in POOL]
    del absent[0]['scores']['val/snd']  # type: ignore[attr-defined]
    kept = [{**each, 'scores': dict(each['scores'])} for each in POOL[1:]]
    some, rest = (evaluate_rule(pools(each), 'val/snd') for each in (absent, kept))  # type: ignore[arg-type]
    assert some is not None
    assert rest is not None
    assert some.spearman == rest.spearman
