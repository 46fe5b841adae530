"""The page of test-time adaptation, from made-up results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dann.benchmarks.report.verdicts import verdict
from dann.core.errors import RunError, UserError
from dann.stats.intervals import Estimate
from tools.documents import keep_results
from tools.documents.online import online_page

RUN = {
    'command': 'dann online runs/x --protocol gradual',
    'machine': '2 cores',
    'versions': {'python': '3.11.9'},
    'commit': '0123abc',
    'date': '2026-11-30',
}


def of(mean: float, half_width: float | None) -> dict[str, Any]:
    return {'mean': mean, 'deviation': None, 'half_width': half_width, 'n': 3}


def row(method: str, online: float, gain: dict[str, Any] | None) -> dict[str, Any]:
    segments = {'severity 0': of(online, 0.01), 'severity 1': of(online, 0.01)}
    return {
        'method': method,
        'online': of(online, 0.02),
        'gain': gain,
        'segments': segments,
        'runs': [],
        'milliseconds_per_image': 1.0,
    }


@pytest.fixture
def run(tmp_path: Path) -> Path:
    content = {
        'run': RUN,
        'protocol': 'gradual',
        'models': ['source-only, street/day to street/night'],
        'networks': 3,
        'seeds': 3,
        'images': 990,
        'batches': 33,
        'batch_size': 30,
        'segments': [{'name': 'severity 0', 'images': 495}, {'name': 'severity 1', 'images': 495}],
        'rows': [
            row('none', 0.40, None),
            row('bn_adapt', 0.52, of(0.12, 0.03)),
            row('tent', 0.41, of(0.01, 0.03)),
            row('sar', 0.30, of(-0.10, 0.03)),
        ],
    }
    (tmp_path / 'gradual').mkdir()
    (tmp_path / 'gradual' / 'online.json').write_text(json.dumps(content))
    return tmp_path / 'gradual'


def test_the_page_holds_the_table_what_helps_and_what_does_not(run: Path, tmp_path: Path) -> None:
    docs = tmp_path / 'docs'
    assert keep_results(run, docs) == [docs / 'results' / 'online' / 'gradual.json']
    page = online_page(docs)
    assert '- Gradual: 1 of 3 rows are better than the network as it is; worse: sar -10.0 ± 3.0.' in page
    assert '## Gradual\n\nDomains that change in small steps, and nothing is ever reset.' in page
    assert '| bn_adapt | 52.0 ± 2.0 | +12.0 ± 3.0 | 52.0 ± 1.0 |' in page
    assert (
        '- Better than the network as it is, by an interval that excludes zero: bn_adapt +12.0 ± 3.0.' in page
    )
    assert '- Worse, likewise: sar -10.0 ± 3.0.' in page
    assert '- No difference shown: tent +1.0 ± 3.0.' in page
    assert (
        '`dann online runs/x --protocol gradual`; 2 cores; python 3.11.9; commit 0123abc; 2026-11-30.' in page
    )


def gains(name: str) -> dict[str, Estimate]:
    path = Path(__file__).parents[3] / 'docs' / 'results' / 'online' / f'{name}.json'
    rows = json.loads(path.read_text(encoding='utf-8'))['rows']
    return {each['method']: Estimate(**each['gain']) for each in rows if each['gain']}


def test_the_records_show_what_the_how_to_says() -> None:
    assert all(verdict(gain) == 'better' for gain in gains('sim-to-real').values())
    assert all(verdict(gain) == 'worse' for gain in gains('gradual-pretrained').values())
    for name in ('one', 'continual', 'gradual', 'mixed', 'reset'):
        assert not [method for method, gain in gains(name).items() if verdict(gain) == 'better']
    assert verdict(gains('continual')['tent:lr=0.01']) == 'worse'
    assert verdict(gains('reset')['tent:lr=0.01']) == 'no difference shown'


def test_without_results_the_page_says_so(tmp_path: Path) -> None:
    assert online_page(tmp_path).endswith('Nothing is measured yet.\n')


def test_corrupt_files_are_named(run: Path, tmp_path: Path) -> None:
    (path,) = keep_results(run, tmp_path)
    path.write_text('{}')
    with pytest.raises(RunError, match=r'cannot read .*gradual\.json .*; write it anew with'):
        online_page(tmp_path)
    (run / 'online.json').write_text('{}')
    with pytest.raises(UserError, match=r'cannot read .*online\.json .*; measure it with `dann online'):
        keep_results(run, tmp_path)
