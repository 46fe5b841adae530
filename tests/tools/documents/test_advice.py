"""The page of advice and the pairs of the package, from made-up results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from advised import figures, measured

from dann.advising.advice import advice
from dann.advising.measured import measured as read
from dann.core.errors import RunError, UserError
from dann.reporting.json_text import json_text
from tools.documents import keep_results
from tools.documents.advice import advice_page, is_advice, kept_pairs, measured_pairs

HELD = {'source_only': 0.4, 'mmd': 0.5, 'head_only': 0.8}
RUN = {
    'command': 'dann advise x --confirm --out /far/away',
    'machine': '2 cores',
    'commit': 'abc',
    'versions': {},
}


def write(folder: Path, name: str, **means: float) -> Path:
    pair = measured(name, figures(held_out=HELD), **means)
    place = folder / name
    (place / 'full-ab').mkdir(parents=True)
    (place / 'full-ab' / 'run.json').write_text(json.dumps(RUN))
    found = advice(name, pair.figures, known=[], outcome=pair.outcome)
    (place / 'advice.json').write_text(json_text(found.as_json()))
    return place


def kept(tmp_path: Path) -> Path:
    write(tmp_path / 'run', 'night', source_only=0.4, mmd=0.6, head_only=0.7)
    write(tmp_path / 'run', 'halves', source_only=0.9, mmd=0.8, head_only=0.9)
    keep_results(tmp_path / 'run', tmp_path)
    return tmp_path


def test_pairs_are_kept_as_the_package_reads_them(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    (folder / 'measured.json').write_text(measured_pairs(folder))
    assert read(folder / 'measured.json') == tuple(pair for pair, _ in kept_pairs(folder))
    assert [pair.name for pair, _ in kept_pairs(folder)] == ['halves', 'night']


def test_the_page_says_what_was_advised_and_where_it_was_wrong(tmp_path: Path) -> None:
    page = advice_page(kept(tmp_path))
    lines = page.splitlines()
    (night,) = (line for line in lines if line.startswith('| night '))
    assert [cell.strip() for cell in night.split('|')[1:-1]] == [
        'night',
        'source_only 40.0',
        '**no**',
        'mmd 60.0',
        'head_only 70.0',
        'yes',
        'head_only 70.0',
    ]
    assert any(line.startswith('| held-out ') and '2 of 2' in line for line in lines)
    assert '## night' in page
    assert 'Measured with `python -m tools.advice`; 2 cores; commit abc' in page
    assert '/far/away' not in page


def test_one_pair_is_kept_too_and_none_is_no_page(tmp_path: Path) -> None:
    place = write(tmp_path / 'run', 'night', source_only=0.4, mmd=0.6, head_only=0.7)
    assert is_advice(place)
    assert not is_advice(tmp_path)
    assert advice_page(tmp_path).endswith('Nothing is measured yet.\n')
    assert measured_pairs(tmp_path) == ''
    assert keep_results(place, tmp_path) == [tmp_path / 'results' / 'advice' / 'night.json']


def test_without_full_training_nothing_is_kept(tmp_path: Path) -> None:
    place = write(tmp_path / 'run', 'night', source_only=0.4, mmd=0.6, head_only=0.7)
    content = json.loads((place / 'advice.json').read_text())
    (place / 'advice.json').write_text(json.dumps(content | {'outcome': None}))
    with pytest.raises(UserError, match='run the command again with --confirm'):
        keep_results(place, tmp_path)


def test_a_corrupt_file_is_named(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    (folder / 'results' / 'advice' / 'night.json').write_text('{}')
    with pytest.raises(RunError, match=r'cannot read .*night\.json'):
        advice_page(folder)


def test_pairs_with_other_numbers_of_labels_are_not_of_the_page(tmp_path: Path) -> None:
    place = write(tmp_path / 'run', 'night', source_only=0.4, mmd=0.6, head_only=0.7)
    content = json.loads((place / 'advice.json').read_text())
    content['figures']['labels'] = 5
    (place / 'advice.json').write_text(json.dumps(content))
    with pytest.raises(UserError, match='is not of 50 labels of each class'):
        keep_results(place, tmp_path)
