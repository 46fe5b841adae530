"""``dann fairness`` on a run of its own."""

from __future__ import annotations

import json
from pathlib import Path

import harness
import pytest
from fairness_fake import write_grouped

from dann import cli
from dann.benchmarks.results.opened import Results


def test_tables_and_json_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_grouped(tmp_path)
    assert cli.main(['fairness', str(folder)]) == 0
    assert 'worst group' in capsys.readouterr().out
    assert cli.main(['fairness', str(folder), '--json', '--select', 'val/infomax']) == 0
    assert json.loads(capsys.readouterr().out)['select'] == 'val/infomax'


def test_a_folder_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['fairness', str(tmp_path / 'none')]) == 2
    assert 'no results in' in capsys.readouterr().err


def test_a_benchmark_with_groups_is_measured_as_its_records_say(tmp_path: Path) -> None:
    data = harness.configuration()['data']
    for domain in ('source', 'target'):
        data[domain]['init_args']['groups'] = ['dusk', 'night']
    rows = {
        'source_only': {},
        'dro': {'fairness': 'GroupDRO', 'sampling': 'group'},
        'own': {'fairness': 'own_fairness.Squared', 'alignment': 'DANN'},
    }
    path = harness.write(tmp_path, data=data, methods=rows, seeds=1)
    cache = str(tmp_path / 'cache')
    ran = harness.dann('benchmark', path, '--out', str(tmp_path / 'run'), '--workers', '1', DANN_CACHE=cache)
    assert ran.returncode == 0, ran.stderr
    told = harness.dann('fairness', str(tmp_path / 'run'), '--select', 'last', '--json', DANN_CACHE=cache)
    found = json.loads(told.stdout)
    last = {
        records[-1]['method']: records[-1]['scores']
        for records in Results.open(tmp_path / 'run').jobs.values()
    }
    for domain, start in (('target', 'oracle'), ('source', 'source')):
        for row in found['domains'][domain]:
            scores = last[row['method']]
            for name in ('worst_accuracy', 'odds_difference', 'parity_difference'):
                assert row[name]['mean'] == pytest.approx(scores[f'{start}/group_{name}'], abs=1e-12)
            for name, group in row['groups'].items():
                assert group['accuracy']['mean'] == pytest.approx(scores[f'{start}/group/{name}/accuracy'])
