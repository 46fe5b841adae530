"""Rows of two protocols are refused with the field that differs, or marked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from benchmarks_fake import history, write_folder, write_job
from harness import configuration
from toy import Toy

from dann import cli
from dann.benchmarks import read_results
from dann.benchmarks.plan import fingerprint as module
from dann.benchmarks.plan.fingerprint import Fingerprint, check_protocols, differences, fingerprint, marks
from dann.benchmarks.plan.grid import Benchmark, benchmark
from dann.benchmarks.plan.schema import PRINTED
from dann.benchmarks.results.records import Record
from dann.benchmarks.running import job
from dann.benchmarks.running.prepare import prepare
from dann.core.errors import UserError
from dann.datasets import DomainPair


def bare() -> Any:
    """The little of a pair that a fingerprint asks for, without drawing its images."""
    domain = SimpleNamespace(manifest=dict, metric='accuracy', classes=Toy.classes)
    return SimpleNamespace(source=domain, target=domain, unseen=(), reference=False, batch_size=8)


FIELDS = (*fingerprint(benchmark('toy', configuration()), bare()), 'initial_weights')


def printed(method: str, **changes: str) -> list[Record]:
    fields = {field: f'{field} as most have it' for field in FIELDS} | changes
    return history(method, 0, 0.7, fingerprint=fields)


def folder_of(root: Path, *rows: list[Record]) -> Path:
    write_folder(root, {}, pictures=False)
    for records in rows:
        write_job(root, records, pictures=False)
    return root


@pytest.mark.parametrize('field', FIELDS)
def test_a_row_that_differs_in_one_field_is_refused_by_its_name(
    field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = printed('mmd', **{field: 'another'})
    folder = folder_of(tmp_path, printed('source_only'), printed('dann'), odd)
    assert cli.main(['report', str(folder), '--json']) == 2
    said = capsys.readouterr().err
    assert f'different `{field}`: {field} as most have it in dann, source_only; another in mmd' in said
    assert '--allow-mixed' in said


@pytest.mark.parametrize('field', FIELDS)
def test_a_row_that_is_allowed_to_differ_is_marked(field: str, tmp_path: Path) -> None:
    odd = printed('mmd', **{field: 'another'})
    folder = folder_of(tmp_path, printed('source_only'), printed('dann'), odd)
    found = read_results(folder, allow_mixed=True)
    marked = {row['method']: row['mixed'] for row in found['rows']}
    assert marked == {'source_only': '', 'dann': '', 'mmd': f'`{field}` another, not {field} as most have it'}
    assert any(note.startswith('mmd † follows another protocol') for note in found['notes'])


@pytest.mark.parametrize('field', PRINTED)
def test_a_row_as_published_has_options_of_its_own_and_the_table_says_so(field: str, tmp_path: Path) -> None:
    odd = printed('mmd', **{field: 'another'})
    folder = tmp_path / 'run'
    write_folder(folder, {}, benchmark={'as_published': True}, pictures=False)
    for records in (printed('source_only'), printed('dann'), odd):
        write_job(folder, records, pictures=False)
    notes = read_results(folder)['notes']
    assert f'mmd † has of its own: `{field}` another, not {field} as most have it.' in notes
    assert any(note.startswith('As published: a row marked † has options of its own') for note in notes)


def test_a_row_as_published_shares_its_data_with_the_others(tmp_path: Path) -> None:
    write_folder(tmp_path, {}, benchmark={'as_published': True}, pictures=False)
    for records in (printed('source_only'), printed('dann'), printed('mmd', source='another')):
        write_job(tmp_path, records, pictures=False)
    with pytest.raises(UserError, match='different `source`'):
        read_results(tmp_path)


def test_rows_of_one_protocol_may_stand_together() -> None:
    records = [*printed('source_only'), *printed('dann')]
    check_protocols(records)
    assert differences(records) == {}
    assert marks(records) == {}


def test_initial_weights_are_compared_within_a_seed() -> None:
    one = history('dann', 0, 0.7, fingerprint={'initial_weights': 'a'})
    two = history('dann', 1, 0.7, fingerprint={'initial_weights': 'b'})
    check_protocols([*one, *two])
    other = history('mmd', 1, 0.7, fingerprint={'initial_weights': 'c'})
    with pytest.raises(UserError, match=r'different `initial_weights`: b in dann; c in mmd'):
        check_protocols([*one, *two, *other])


def test_records_of_an_earlier_version_are_compared_by_their_hash_and_images() -> None:
    old, new = history('dann', 0, 0.7), history('mmd', 0, 0.7, protocol='ffff')
    with pytest.raises(UserError, match=r'different `protocol`: a1b2c3d4e5f6 in dann; ffff in mmd'):
        check_protocols([*old, *new])
    seen, other = ({'manifests': {'source': 'x', 'target': target}} for target in 'yz')
    with pytest.raises(UserError, match=r'different `target`: y in dann; z in mmd'):
        check_protocols([*history('dann', 0, 0.7, **seen), *history('mmd', 0, 0.7, **other)])


def test_more_than_one_field_is_counted() -> None:
    with pytest.raises(UserError, match=r'different `batch_size`: .* \(and 1 more: steps\)'):
        check_protocols([*printed('dann'), *printed('mmd', batch_size='8', steps='9')])


def model(**options: Any) -> dict[str, Any]:
    """Changes to the benchmark: further options of the model."""
    asked: dict[str, Any] = configuration()['model']
    return {'model': asked | {'init_args': asked['init_args'] | options}}


def data(**changes: Any) -> dict[str, Any]:
    """Changes to the benchmark: of the pair of domains."""
    return {'data': configuration()['data'] | changes}


def toy(domain: str, **options: Any) -> dict[str, Any]:
    return {'class_path': 'toy.Toy', 'init_args': {'domain': domain, **options}}


BUDGET = {'trials': 3, 'seeds': 1, 'steps': 20, 'select': 'val/infomax', 'sampler': 'random', 'seed': 0}
# by field, what changes that field and no other: keys of the benchmark's file, or options of `fingerprint_of`
CHANGES: dict[str, dict[str, Any]] = {
    'benchmark': {'name': 'other'},
    'source': data(source=toy('a', seed=1)),
    'target': data(target=toy('b', seed=1)),
    'transforms': data(augment={'class_path': 'Augment', 'init_args': {'shift': 2}}),
    'batch_size': data(batch_size=4),
    'steps': {'steps': 40},
    'evaluations': {'evaluations': 2},
    'module': {'model': configuration()['model'] | {'class_path': 'MCD'}},
    'backbone': model(backbone={'class_path': 'LeNet'}),
    'bottleneck': model(bottleneck=7),
    'standardised_by': model(standardised_by='both'),
    'bottleneck_norm': model(bottleneck_norm='layer'),
    'bottleneck_activation': model(bottleneck_activation='none'),
    'bottleneck_dropout': model(bottleneck_dropout=0.5),
    'head_dropout': model(head_dropout=0.5),
    'head': model(head=[8]),
    'task': model(task={'class_path': 'Classification'}),
    'average': model(average=0.9),
    'optimizer': model(optimizer={'class_path': 'torch.optim.Adam'}),
    'lr_schedule': model(lr_schedule={'class_path': 'Constant'}),
    'backbone_lr_scale': model(backbone_lr_scale=0.1),
    'freeze': model(freeze='all'),
    'unfrozen_by': model(unfrozen_by=0.5),
    'layer_decay': model(layer_decay=0.5),
    'batch_norm': model(batch_norm='separate'),
    'pretraining': model(pretraining='SimCLR'),
    'trainer': {'trainer': {'gradient_clip_val': 1.0}},
    'search': {'search': BUDGET},
    'as_published': {'as_published': True},
    'splits': {'splits': 'per seed'},
    'setting': data(setting='transductive'),
    'unseen': {'unseen': 'd'},
    'metric': {'metric': 'mean class accuracy'},
    'classes': {'classes': ('one', 'two', 'three')},
    'versions': {'version': '99'},
    'initial_weights': {'seed': 1},
}


def fingerprint_of(
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str = 'toy',
    metric: str = 'accuracy',
    classes: tuple[str, ...] = Toy.classes,
    version: str = '1',
    seed: int = 0,
    unseen: str = '',
    **changes: Any,
) -> Fingerprint:
    """Return the fingerprint that a job's records carry, of a benchmark on the toy pair."""
    config = configuration(**changes)
    asked, sides = benchmark(name, config), config['data']
    source, target = (Toy(**sides[side]['init_args']) for side in ('source', 'target'))
    pair = DomainPair(source, target, batch_size=sides['batch_size'], unseen=[Toy(name) for name in unseen])
    pair.prepare_data()
    pair.setup()
    with monkeypatch.context() as patch:
        patch.setattr(module, 'version', lambda package: version)
        patch.setattr(module, 'release', lambda: version)
        patch.setattr(type(target), 'metric', metric)
        patch.setattr(target, 'classes', classes)
        network: Any = torch.nn.ModuleDict({'backbone': torch.nn.Linear(2, 2)})
        torch.nn.init.constant_(network.backbone.weight, seed)
        return run_identity(asked, pair, network)


def run_identity(asked: Benchmark, pair: DomainPair, network: Any) -> Fingerprint:
    """Return the fingerprint as a job completes it, with the weights that its network starts from."""
    torch.nn.init.zeros_(network.backbone.bias)
    built: Any = SimpleNamespace(model=SimpleNamespace(network=network, trained=list), datamodule=pair)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, 'weights_hash', lambda module: '')
        found: Fingerprint = job._identified({'fingerprint': fingerprint(asked, pair)}, built)['fingerprint']
    return found


@pytest.mark.parametrize('field', FIELDS)
def test_each_field_shows_one_thing_and_nothing_else(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert field in CHANGES, f'name a change of the benchmark or its data that changes {field} alone'
    before, after = (fingerprint_of(monkeypatch, **each) for each in ({}, CHANGES[field]))
    assert set(before) == set(after) == set(FIELDS)
    assert {name for name in FIELDS if before[name] != after[name]} == {field}


def test_a_field_is_named_for_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    found = fingerprint_of(monkeypatch, **model(batch_norm='separate', head=[8, 4]))
    assert found['benchmark'] == 'toy'
    assert (found['batch_norm'], found['head'], found['bottleneck']) == ('separate', '[8, 4]', '6')
    assert (found['steps'], found['evaluations'], found['batch_size']) == ('20', '4', '8')
    assert (found['trainer'], found['search'], found['transforms']) == ('default',) * 3
    assert found['versions'].startswith('dann 1, torch 1, ')


def test_what_a_configuration_leaves_out_reads_as_before_there_was_such_an_option() -> None:
    now = fingerprint(benchmark('toy', configuration(**model(bottleneck_norm=True))), bare())
    before = {name: value for name, value in now.items() if not name.endswith('_dropout')}
    assert now['bottleneck_norm'] == 'true'  # as a file says it, so that earlier records compare equal
    assert (now['bottleneck_dropout'], now['head_dropout']) == ('default', 'default')
    check_protocols([*history('dann', 0, 0.7, fingerprint=now), *history('mmd', 0, 0.7, fingerprint=before)])


def test_a_reference_has_no_source_and_every_job_of_a_benchmark_the_rest(tmp_path: Path) -> None:
    rows = {'source_only': {}, 'top': {'reference': True}}
    asked = benchmark('toy', configuration(methods=rows, seeds=1))
    found = {
        each['method']: set(each['fingerprint'])
        for each in prepare(asked, asked.jobs(), tmp_path).identities.values()
    }
    assert found['source_only'] == set(FIELDS) - {'initial_weights'}
    assert found['top'] == set(FIELDS) - {'initial_weights', 'source'}


def test_a_row_as_published_is_recorded_with_what_is_its_own(tmp_path: Path) -> None:
    rows = {'source_only': {}, 'wide': {'alignment': 'DANN', 'bottleneck': 9}}
    asked = benchmark('toy', configuration(methods=rows, seeds=1, as_published=True))
    found = {
        each['method']: each['fingerprint']
        for each in prepare(asked, asked.jobs(), tmp_path).identities.values()
    }
    differing = {name for name, value in found['wide'].items() if found['source_only'][name] != value}
    assert differing == {'bottleneck'}
    assert (found['source_only']['bottleneck'], found['wide']['bottleneck']) == ('6', '9')


def test_drawn_splits_are_compared_within_a_seed() -> None:
    def drawn(method: str, seed: int, digests: str, splits: str = 'per seed') -> list[Record]:
        fields = {'splits': splits, 'source': digests, 'target': digests}
        return history(
            method, seed, 0.7, fingerprint=fields, manifests={'source': digests, 'target': digests}
        )

    check_protocols([*drawn('dann', 0, 'a'), *drawn('mmd', 0, 'a'), *drawn('dann', 1, 'b')])
    with pytest.raises(UserError, match=r'different `target`: a in dann; c in mmd .*source'):
        check_protocols([*drawn('dann', 0, 'a'), *drawn('dann', 1, 'b'), *drawn('mmd', 0, 'c')])
    with pytest.raises(UserError, match=r'different `target`: a in dann; b in mmd'):
        check_protocols([*drawn('dann', 0, 'a', 'default'), *drawn('mmd', 1, 'b', 'default')])
