"""The page of monitoring, from made-up figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dann.core.errors import RunError
from dann.transfer.monitoring.accuracy import MEASURED, errors_in_words
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.spending import MOST
from tools import documents
from tools.documents.monitoring import measured_text, monitoring_page

DOCS = Path(__file__).parents[3] / 'docs'


def undrifted(pair: str, reference: str, alarms: int) -> list[dict[str, Any]]:
    line = {'pair': pair, 'reference': reference, 'windows': 15, 'streams': 100, 'warnings': 2 * alarms}
    return [line | {'alarms': alarms}, line | {'alarms': alarms + 1}]


CONTENT: dict[str, Any] = {
    'plan': {'window': 50},
    'undrifted': [
        line
        for pair in ('night', 'real')
        for reference in ('held out', 'training')
        for line in undrifted(pair, reference, 1)
    ],
    'drifted': [
        {'severity': severity, 'seen': seen, 'until': until}
        for severity, seen, until in (
            (0.7, 0, [50, 100]),
            (0.7, 0, [250, 100]),
            (0.7, 20, [None, None]),
            (0.7, 20, [50, None]),
        )
    ],
    'estimates': [
        {'pair': 'night', 'accuracy': 0.5, 'whole': {'ATC': 0.6}, 'errors': {'ATC': [0.1, -0.2]}},
        {'pair': 'real', 'accuracy': 0.8, 'whole': {'ATC': 0.7}, 'errors': {'ATC': [0.3, 0.0]}},
    ],
    'run': {
        'command': 'python -m tools.monitoring',
        'started': '2026-11-30T13:30:00',
        'minutes': 7.5,
        'machine': '2 cores',
        'commit': '0123abc',
    },
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / 'results').mkdir()
    (tmp_path / 'results' / 'monitoring.json').write_text(json.dumps(CONTENT))
    return tmp_path


def rows(page: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.split('|')[1:-1]] for line in page.splitlines() if line.startswith('|')
    ]


def test_the_page_counts_streams_and_images_and_means_errors(docs: Path) -> None:
    page = monitoring_page(docs)
    found = rows(page)
    assert [
        'street/day → street/night',
        'held out',
        '200',
        '15',
        '1.5 (0.3 to 4.3)',
        '2.0 (0.5 to 5.0)',
    ] in found
    assert ['both', 'training', '400', '15', '1.5 (0.6 to 3.2)', '2.0 (0.9 to 3.9)'] in found
    assert ['0.7', '3 of 4', '100', '1 of 4', '—'] in found
    assert ['street/day → street/night', '50.0', '15.0 (-5.0, 20.0)', '10.0'] in found
    assert 'commit 0123abc' in page
    assert 'sure of its mistakes: ATC.' in page
    assert '`python -m tools.monitoring`, 2026-11-30, 8 minutes besides training on 2 cores' in page


def test_the_page_says_from_which_window_on_the_permutation_test_has_no_part(docs: Path) -> None:
    words = ' '.join(monitoring_page(docs).split())
    late = int(words.split('From window ')[1].split(' on, at the default level,')[0])
    assert [Plan().by_mmd(window) for window in (late - 1, late)] == [True, False]
    assert f'would take more than {MOST:,} permutations' in words
    assert r'\frac{6}{\pi^2} \frac{\alpha}{k^2}' in words


def test_the_package_keeps_the_errors_of_all_windows(docs: Path) -> None:
    found = json.loads(measured_text(docs))
    assert found['errors'] == {'ATC': {'error': 0.15, 'bias': 0.05, 'worst': 0.3}}
    assert (found['networks'], found['windows'], found['window']) == (2, 4, 50)
    assert (
        'street/day to street/night and digits/rendered to digits/handwritten; 4 windows of 50'
        in errors_in_words(found)
    )


def test_without_figures_the_page_says_so_and_the_package_is_left_alone(tmp_path: Path) -> None:
    assert monitoring_page(tmp_path).endswith('Nothing is measured yet.\n')
    assert measured_text(tmp_path) == ''


@pytest.mark.parametrize('text', ['{', '{"undrifted": []}', '[]'])
def test_a_corrupt_file_is_named(docs: Path, text: str) -> None:
    (docs / 'results' / 'monitoring.json').write_text(text)
    with pytest.raises(
        RunError, match=r'cannot read .*monitoring\.json .*; write it anew with `python -m tools'
    ):
        monitoring_page(docs)


def test_the_documents_write_what_the_package_keeps(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, 'MEASURED', docs / 'measured.json')
    assert docs / 'measured.json' in documents.write_documents(docs)
    assert json.loads((docs / 'measured.json').read_text())['windows'] == 4


def test_the_package_says_what_was_measured() -> None:
    assert MEASURED.read_text() == measured_text(DOCS), 'measured.json is stale; run `make docs`'
