"""Rows of two protocols are refused with the field that differs, or marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks_fake import history, write_folder, write_job
from harness import configuration

from dann import cli
from dann.benchmarks import read_results
from dann.benchmarks.plan.fingerprint import check_protocols, differences, marks
from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.results.records import Record
from dann.benchmarks.running.prepare import prepare
from dann.core.errors import UserError

FIELDS = (
    'benchmark',
    'source',
    'target',
    'transforms',
    'batch_size',
    'steps',
    'evaluations',
    'module',
    'backbone',
    'bottleneck',
    'bottleneck_norm',
    'head',
    'task',
    'optimizer',
    'lr_schedule',
    'backbone_lr_scale',
    'batch_norm',
    'trainer',
    'search',
    'metric',
    'classes',
    'versions',
    'initial_weights',
)


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


def prints(tmp_path: Path, **changes: Any) -> dict[str, dict[str, str]]:
    asked = benchmark('toy', configuration(**changes))
    found = prepare(asked, asked.jobs(), tmp_path).identities
    return {name.split('-seed')[0]: each['fingerprint'] for name, each in found.items()}


def test_every_job_has_every_field_but_a_reference_has_no_source(tmp_path: Path) -> None:
    found = prints(tmp_path)
    rows = {'source_only': {}, 'top': {'reference': True}}
    of_reference = prints(tmp_path, methods=rows)['top']
    assert set(found['source_only']) == set(FIELDS) - {'initial_weights'}
    assert set(of_reference) == set(FIELDS) - {'initial_weights', 'source'}


@pytest.mark.parametrize(
    ('changes', 'field'),
    [({'steps': 8}, 'steps'), ({'evaluations': 1}, 'evaluations')],
)
def test_what_the_configuration_changes_the_fingerprint_shows(
    changes: dict[str, Any], field: str, tmp_path: Path
) -> None:
    before, after = (prints(tmp_path, **each)['source_only'] for each in ({}, changes))
    assert {key for key in before if before[key] != after[key]} >= {field}
