"""Before the first job starts every row is built once, both domains are drawn, and what cannot run is said."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harness import configuration
from toy import Toy

from dann.benchmarks.plan.grid import benchmark, digest
from dann.benchmarks.running import prepare as module
from dann.benchmarks.running.prepare import prepare
from dann.core.errors import RunError, UserError


def test_a_row_that_lacks_a_package_is_refused_and_the_others_are_prepared(tmp_path: Path) -> None:
    rows = {'source_only': {}, 'absent': {'alignment': 'slow_loss.Absent'}}
    asked = benchmark('toy', configuration(methods=rows, seeds=[3, 4]))
    jobs = asked.jobs()
    ready = prepare(asked, jobs, tmp_path)
    able, lacking = ([job for job in jobs if job.method == name] for name in ('source_only', 'absent'))
    assert set(ready.refused) == {job.name for job in lacking}
    assert all('pip install' in why and '\n' not in why for why in ready.refused.values())
    assert set(ready.identities) == {job.name for job in able}
    for job in able:
        found = ready.identities[job.name]
        said = {'format': 1, 'benchmark': 'toy', 'method': 'source_only', 'seed': job.seed, 'steps': 20}
        about = {'run': job.name, 'protocol': digest(asked.protocol), 'family': 'reference'}
        assert found.items() >= (said | about | {'uses_target_labels': False, 'source': 'toy/a'}).items()
        assert found['manifests'] == {side: digest(ready.manifests[side]) for side in ('source', 'target')}


def test_the_error_that_says_what_is_missing_is_found_behind_others() -> None:
    missing, full, wrong = UserError('install it'), RunError('no weights'), UserError('no such class')
    missing.__cause__ = ImportError('x')
    outer, context = UserError('cannot build'), ValueError('y')
    outer.__cause__, context.__context__ = context, missing
    assert module._lacking(missing) is missing
    assert module._lacking(outer) is missing
    assert module._lacking(full) is full
    assert module._lacking(wrong) is None
    assert module._lacking(None) is None


def test_a_row_that_trains_across_sources_is_refused_on_one(tmp_path: Path) -> None:
    asked = benchmark('toy', configuration(methods={'source_only': {}, 'mldg': {'class_path': 'MLDG'}}))
    with pytest.raises(UserError, match='mldg trains across several sources, and toy/a is one; name more'):
        prepare(asked, asked.jobs(), tmp_path)


DEAR = ('dev',)


def with_scores(*names: str, labelled: bool = True) -> Any:
    """A row whose model has the validators of these names."""
    costs = {name: 'dear' if name in DEAR else 'cheap' for name in names}
    validators = [SimpleNamespace(name=name, cost=cost) for name, cost in costs.items()]
    model = SimpleNamespace(computed=validators, dear_validators='last')
    return SimpleNamespace(model=model, datamodule=SimpleNamespace(target=SimpleNamespace(labelled=labelled)))


def row(*, reference: bool = False, shots: int = 0, labelled: bool = False) -> Any:
    """A row whose target has labels or not."""
    target = SimpleNamespace(name='photos/dusk', labelled=labelled)
    return SimpleNamespace(datamodule=SimpleNamespace(reference=reference, shots=shots, target=target))


def test_rows_that_need_labels_are_left_out_where_there_are_none() -> None:
    rows = {'source_only': row(), 'top': row(reference=True), 'few': row(shots=2)}
    why = '{} trains on labels of photos/dusk, which has none'
    assert module._leave_out(rows) == {name: why.format(name) for name in ('top', 'few')}
    assert list(rows) == ['source_only']
    labelled = {'source_only': row(labelled=True), 'top': row(reference=True, labelled=True)}
    assert module._leave_out(labelled) == {}
    assert len(labelled) == 2


def test_the_rule_may_be_an_estimate_where_the_target_has_no_labels() -> None:
    module._check_rule('val/atc', with_scores('infomax', labelled=False))
    with pytest.raises(UserError, match="unknown selection rule 'val/atc'"):
        module._check_rule('val/atc', with_scores('infomax'))


@pytest.mark.parametrize('rule', ['last', 'val/infomax', 'val/source_accuracy', 'val/infomax+guard'])
def test_a_rule_is_one_of_the_scores_of_the_model(rule: str) -> None:
    module._check_rule(rule, with_scores('infomax', 'source_accuracy', 'marginal_entropy'))


@pytest.mark.parametrize(
    ('rule', 'said'),
    [
        ('val/infomx', "did you mean 'val/infomax'?"),
        ('oracle/target_test_accuracy', "unknown selection rule 'oracle/target_test_accuracy'"),
        ('val/infomax+guard', "did you mean 'val/infomax'?"),  # without the scores that the guard reads
    ],
)
def test_another_rule_is_refused(rule: str, said: str) -> None:
    with pytest.raises(UserError, match=re.escape(said)):
        module._check_rule(rule, with_scores('infomax', 'source_accuracy'))


@pytest.mark.parametrize('rule', ['val/dev', 'val/dev+guard'])
def test_a_rule_by_a_dear_score_wants_it_at_every_evaluation(rule: str) -> None:
    model = with_scores('dev', 'source_accuracy', 'marginal_entropy')
    for when in ('last', 'never'):
        model.model.dear_validators = when
        with pytest.raises(UserError, match=r'val/dev is dear.*; set `dear_validators: always` under'):
            module._check_rule(rule, model)
    model.model.dear_validators = 'always'
    module._check_rule(rule, model)


def test_records_name_setting_and_sizes_and_the_data_of_their_own_seed(tmp_path: Path) -> None:
    rows = {'source_only': {}, 'top': {'reference': True}}
    asked = benchmark('toy', configuration(methods=rows, seeds=[0, 1], splits='per seed'))
    jobs = asked.jobs()
    found = prepare(asked, jobs, tmp_path).identities
    manifests = {(job.method, job.seed): found[job.name]['manifests']['target'] for job in jobs}
    assert manifests['source_only', 0] != manifests['source_only', 1]
    for seed in (0, 1):
        assert manifests['top', seed] == manifests['source_only', seed]
        expected = digest(Toy('b', seed=seed).manifest())
        assert manifests['top', seed] == expected
    for job in jobs:
        assert found[job.name]['fingerprint']['target'] == manifests[job.method, job.seed]
        assert found[job.name]['setting'] == 'inductive'
        toy = Toy('b', seed=job.seed)
        sizes = {split: len(toy.ids(split)) for split in ('train', 'val', 'test')}
        assert found[job.name]['sizes']['target'] == sizes


def test_the_transductive_setting_is_named(tmp_path: Path) -> None:
    data = configuration()['data'] | {'setting': 'transductive'}
    asked = benchmark('toy', configuration(methods={'source_only': {}}, seeds=1, data=data))
    [found] = prepare(asked, asked.jobs(), tmp_path).identities.values()
    assert found['setting'] == found['fingerprint']['setting'] == 'transductive'
    assert len({*found['sizes']['target'].values()}) == 1


def test_rows_in_which_rare_classes_count_are_a_family_and_the_ceiling_stays_one(tmp_path: Path) -> None:
    rows: dict[str, Any] = {
        'plain': {},
        'drawn': {'sampling': 'class'},
        'weighed': {'fairness': 'ClassWeights'},
        'both': {'fairness': 'ClassWeights', 'style': 'FDA'},
        'target_supervised': {'reference': True, 'sampling': 'class'},
    }
    asked = benchmark('toy', configuration(methods=rows, seeds=1))
    ready = prepare(asked, asked.jobs(), tmp_path)
    families = {about['method']: about['family'] for about in ready.identities.values()}
    assert families == {
        'plain': 'reference',
        'drawn': 'fairness',
        'weighed': 'fairness',
        'both': 'combined',
        'target_supervised': 'reference',
    }
