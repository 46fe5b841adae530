"""A plan expands to one job for each method and seed, which differ in nothing but these."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from typing import Any

import pytest
import torch
from harness import configuration

from dann import configs
from dann.benchmarks.plan.grid import benchmark, digest, reads_dear, resized
from dann.core.errors import UserError
from dann.engine.catalogue import rows
from dann.engine.experiment import ExperimentCLI
from dann.engine.loggers import quiet


def test_there_is_a_job_for_each_method_and_seed_and_a_seed_stays_together() -> None:
    jobs = benchmark('toy', configuration(seeds=[5, 2])).jobs()
    names = list(configuration()['methods'])
    assert [(job.method, job.seed) for job in jobs] == [(name, seed) for seed in (5, 2) for name in names]
    assert {job.config['seed_everything'] for job in jobs if job.seed == 5} == {5}


@pytest.mark.parametrize(
    ('steps', 'evaluations', 'epochs'), [(20, 4, 4), (20, 6, 5), (7, 5, 1), (1, 5, 1), (600, 5, 5)]
)
def test_evaluations_divide_the_steps(steps: int, evaluations: int, epochs: int) -> None:
    assert benchmark('toy', configuration(steps=steps, evaluations=evaluations)).epochs == epochs


def test_jobs_are_named_by_their_content() -> None:
    names = [job.name for job in benchmark('toy', configuration()).jobs()]
    assert len(set(names)) == 8
    assert names == [job.name for job in benchmark('toy', configuration()).jobs()]
    assert not set(names) & {job.name for job in benchmark('toy', configuration(steps=40)).jobs()}


def test_the_reference_row_is_the_target_with_its_labels_and_shares_the_protocol() -> None:
    grid = benchmark('toy', configuration())
    reference = next(job for job in grid.jobs() if job.method == 'target_supervised')
    assert reference.config['data']['source'] == reference.config['data']['target']
    assert reference.config['data']['reference'] is True
    assert len({job.protocol for job in grid.jobs()}) == 1
    others = [job for job in grid.jobs() if job is not reference and job.method != 'target_supervised']
    assert all('reference' not in job.config['data'] for job in others)


def test_a_row_changes_the_model_for_itself_alone() -> None:
    rows = {
        'plain': {},
        'mcd': {'class_path': 'MCD', 'init_args': {'steps': 2}},
        'dann': {'alignment': 'DANN'},
        'few': {'shots': 3},
        'even': {'sampling': 'class', 'fairness': 'ClassWeights'},
    }
    grid = benchmark('toy', configuration(methods=rows))
    shared = grid.model['init_args']
    of = {name: grid.config(name, 0) for name in rows}
    assert of['plain']['model'] == grid.model
    assert of['mcd']['model'] == {'class_path': 'MCD', 'init_args': shared | {'steps': 2}}
    assert of['dann']['model']['init_args'] == shared | {'alignment': 'DANN'}
    assert of['few']['data']['shots'] == 3
    assert of['even']['data']['sampling'] == 'class'
    assert of['even']['model']['init_args'] == shared | {'fairness': 'ClassWeights'}
    assert not {'shots', 'sampling'} & of['plain']['data'].keys()
    assert grid.config('plain', 0)['data']['steps_per_epoch'] == 20 // 4
    assert grid.config('plain', 0)['trainer'] == {'max_epochs': 4}


def test_what_is_asked_for_comes_before_what_the_file_says() -> None:
    grid = benchmark('toy', configuration(), methods=['fda', 'source_only'], seeds=1, steps=8, select=None)
    assert list(grid.methods) == ['source_only', 'fda']
    assert (grid.seeds, grid.steps, grid.select) == ((0,), 8, 'val/infomax')
    with pytest.raises(UserError, match="unknown method 'fad'; did you mean 'fda'"):
        benchmark('toy', configuration(), methods=['fad'])
    with pytest.raises(UserError, match="unknown key 'step'; did you mean 'steps'"):
        benchmark('toy', configuration(), step=8)


def test_the_configuration_is_not_written_into() -> None:
    config: dict[str, Any] = configuration()
    config['data']['target']['init_args']['severity'] = 0.2
    grid = benchmark('toy', config, severity=0.9)
    grid.model['init_args']['head'] = [1]
    grid.methods['slow']['alignment'] = 'other'
    assert grid.data['target']['init_args']['severity'] == 0.9
    expected = configuration()
    expected['data']['target']['init_args']['severity'] = 0.2
    assert config == expected


def test_rows_by_name_are_those_of_the_catalogue_or_of_a_benchmark() -> None:
    assert benchmark('toy', configuration(methods='every')).methods == rows()
    assert 'fda+dann' in benchmark('toy', configuration(methods='day-to-night-scratch')).methods


def test_a_suite_is_no_benchmark() -> None:
    with pytest.raises(UserError, match=r"toy lists benchmarks and is none itself; name one of \['a', 'b'\]"):
        benchmark('toy', {'benchmarks': ['a', 'b']})


def test_the_hash_is_that_of_sorted_json() -> None:
    assert digest({'b': 1, 'a': [2]}) == hashlib.sha256(b'{"a": [2], "b": 1}').hexdigest()[:12]


@pytest.mark.parametrize(
    ('rule', 'given', 'expected'),
    [
        ('val/dev', {}, 'always'),
        ('val/dev+guard', {}, 'always'),
        ('val/dev', {'dear_validators': 'last'}, 'last'),  # which the check before the first job refuses
        ('val/infomax', {}, None),
        ('val/snd', {}, None),
        ('last', {}, None),
        ('val/of_my_own', {}, None),
    ],
)
def test_a_rule_by_a_dear_score_has_it_at_every_evaluation(
    rule: str, given: dict[str, Any], expected: str | None
) -> None:
    config = configuration(select=rule)
    config['model']['init_args'] |= given
    before = deepcopy(config)
    asked = benchmark('toy', config)
    assert asked.model['init_args'].get('dear_validators') == expected
    assert config == before
    assert all(job.config['model']['init_args'].get('dear_validators') == expected for job in asked.jobs())
    assert reads_dear(rule) == rule.startswith('val/dev')


def test_all_rows_can_train_in_bfloat16_with_fused_adam() -> None:
    config = configuration(
        steps=2, evaluations=1, seeds=1, trainer={'precision': 'bf16-mixed', 'accelerator': 'cpu'}
    )
    adam = {'class_path': 'torch.optim.Adam', 'init_args': {'lr': 0.001, 'fused': True}}
    config['model']['init_args'] |= {'optimizer': adam, 'validators': ['InfoMax']}
    job = benchmark('toy', config | {'methods': {'dann': {'alignment': 'DANN'}}}).jobs()[0]
    off = {
        'logger': False,
        'enable_checkpointing': False,
        'enable_progress_bar': False,
        'enable_model_summary': False,
    }
    quiet()
    cli = ExperimentCLI(job.config | {'trainer': job.config['trainer'] | off}, run=False)
    before = [parameter.detach().clone() for parameter in cli.model.parameters()]
    cli.trainer.fit(cli.model, cli.datamodule)
    assert cli.trainer.precision == 'bf16-mixed'
    optimizer = cli.trainer.optimizers[0]
    assert isinstance(optimizer, torch.optim.Adam)
    assert all(group['fused'] for group in optimizer.param_groups)
    after = list(cli.model.parameters())
    assert {parameter.dtype for parameter in after} == {torch.float32}
    assert any(not torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_splits_are_drawn_by_the_seed_of_the_run_where_the_file_says_so() -> None:
    fixed, drawn = (
        benchmark('toy', configuration(seeds=[3, 8], **each)) for each in ({}, {'splits': 'per seed'})
    )
    assert 'seed' not in fixed.config('source_only', 3)['data']['source']['init_args']
    for job in drawn.jobs():
        for domain in ('source', 'target'):
            assert job.config['data'][domain]['init_args']['seed'] == job.seed
    apart = configuration()['data'] | {'unseen': [{'class_path': 'toy.Toy', 'init_args': {'domain': 'd'}}]}
    beside = benchmark('toy', configuration(seeds=[3], splits='per seed', data=apart))
    assert beside.config('source_only', 3)['data']['unseen'][0]['init_args'] == {'domain': 'd', 'seed': 3}
    assert len({job.protocol for job in drawn.jobs()}) == 1
    assert drawn.jobs()[0].protocol != fixed.jobs()[0].protocol
    assert 'splits' not in fixed.description
    with pytest.raises(UserError, match="expected `splits` to be fixed or per seed, got 'random'"):
        benchmark('toy', configuration(splits='random'))


def test_a_size_is_that_of_the_backbone_and_nothing_else_changes() -> None:
    config = configs.load('day-to-night')
    changed = resized('day-to-night', config, 64)
    assert changed['model']['init_args']['backbone']['init_args'].pop('image_size') == 64
    assert config['model']['init_args']['backbone']['init_args'].pop('image_size') == 96
    assert changed == config


def test_a_size_that_cannot_be_is_refused() -> None:
    with pytest.raises(UserError, match='day-to-night-scratch takes images as they come; leave --size out'):
        resized('day-to-night-scratch', configs.load('day-to-night-scratch'), 64)
    with pytest.raises(UserError, match='expected `--size` above 0, got 0'):
        resized('day-to-night', configs.load('day-to-night'), 0)
