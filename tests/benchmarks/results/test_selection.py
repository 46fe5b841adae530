"""Rules choose the record they say they choose, and mixed tables are refused."""

import math

import pytest
from benchmarks_fake import history, record

from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import check_comparable, rules, runs, select
from dann.core.errors import RunError, UserError


def scored(*values: float) -> list[Record]:
    return [
        record(step=step, scores={'val/snd': value})
        for step, value in zip(range(10, 99, 10), values, strict=False)
    ]


@pytest.mark.parametrize(
    ('rule', 'step'),
    [('last', 400), ('val/infomax', 300), ('oracle', 200), ('oracle/target_val_accuracy', 200)],
)
def test_a_rule_picks_its_step(rule: str, step: int) -> None:
    assert select(history('dann', 0, 0.8), rule)['step'] == step
    assert select(history('dann', 0, 0.8)[::-1], rule)['step'] == step


def test_ties_go_to_the_earliest_step() -> None:
    assert select(scored(0.1, 0.5, 0.5, 0.2), 'val/snd')['step'] == 20
    assert select(scored(0.1, 0.5, 0.5, 0.2)[::-1], 'val/snd')['step'] == 20


def test_nan_is_never_chosen() -> None:
    assert select(scored(math.nan, -3.0, math.nan), 'val/snd')['step'] == 20
    with pytest.raises(RunError, match=r'val/snd of dann-seed0-\w+ is never a number; choose another rule'):
        select(scored(math.nan, math.nan), 'val/snd')


def test_a_score_missing_from_some_records_is_no_obstacle() -> None:
    assert select([record(step=10), *scored(0.3)[:1], record(step=30)], 'val/snd')['step'] == 10
    assert select([record(step=5), record(step=20, scores={'val/snd': -1.0})], 'val/snd')['step'] == 20


def test_an_unknown_rule_gets_a_suggestion() -> None:
    with pytest.raises(UserError, match=r"unknown selection rule 'val/infomx'; did you mean 'val/infomax'\?"):
        select(history('dann', 0, 0.8), 'val/infomx')


def test_the_test_split_and_losses_cannot_choose() -> None:
    records = history('dann', 0, 0.8)
    assert 'oracle/target_test_accuracy' not in rules(records)
    for rule in ('oracle/target_test_accuracy', 'loss/source', 'diagnostic/critic_accuracy'):
        with pytest.raises(UserError, match=f'unknown selection rule {rule!r}'):
            select(records, rule)


def test_runs_are_grouped_and_ordered() -> None:
    grouped = runs([*history('mmd', 1, 0.7)[::-1], *history('dann', 0, 0.8)])
    assert [run.split('-')[0] for run in grouped] == ['dann', 'mmd']
    assert [each['step'] for each in grouped['mmd-seed1-0123456789ab']] == [100, 200, 300, 400]


def test_two_runs_of_one_seed_are_refused() -> None:
    with pytest.raises(
        UserError, match='one run of dann with seed 0, got dann-a and dann-b; delete the folder'
    ):
        check_comparable([record(run='dann-a'), record(run='dann-b')])


def test_a_method_is_chosen_as_a_checkpoint_is() -> None:
    pool = [record('dann', step=20, scores={'val/snd': 1.0}), record('mmd', step=10, scores={'val/snd': 2.0})]
    assert select(pool, 'val/snd')['method'] == 'mmd'


def test_a_score_that_only_some_records_have_is_a_rule() -> None:
    records = [record(step=10), *scored(0.1)]
    assert rules(records) == ['last', 'oracle', 'val/snd', 'oracle/target_val_accuracy']


def test_rows_with_other_seeds_can_stand_in_one_table() -> None:
    check_comparable([record('dann', 0), record('dann', 1), record('mmd', 0), record('dann', 0, step=200)])


def test_another_protocol_is_refused_unless_it_is_allowed() -> None:
    mixed = [record('dann', protocol='aaaaaaaaaaaa'), record('mmd', protocol='bbbbbbbbbbbb')]
    with pytest.raises(UserError, match='--allow-mixed'):
        check_comparable(mixed)
    check_comparable(mixed, allow_mixed=True)
    twins = [record(run='dann-a'), record(run='dann-b')]
    with pytest.raises(UserError, match='one run of dann with seed 0'):
        check_comparable(twins, allow_mixed=True)
