"""How many labels adaptation is worth."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from benchmarks_fake import table_of

from dann.benchmarks.report.labels import Curve, curves, overtaken, worth, write

ROWS = {
    'source_only': [0.50, 0.52],
    'source_only+1-labels': [0.60, 0.62],
    'source_only+10-labels': [0.80, 0.82],
    'source_only+all-labels': [0.90, 0.92],
    'dann': [0.70, 0.72],
    'dann+1-labels': [0.74, 0.76],
    'dann+10-labels': [0.80, 0.80],
    'dann+all-labels': [0.89, 0.91],
    'mmd': [0.1, 0.1],
}


def flat(**means: float) -> Curve:
    counts = {name.removeprefix('k'): mean for name, mean in means.items()}
    return Curve('m', {name if name == 'all' else int(name): {0: mean} for name, mean in counts.items()})


def test_a_curve_is_read_from_the_rows_with_labels_source_onlys_first() -> None:
    found = curves(table_of({name: ROWS[name] for name in reversed(ROWS)}))
    assert [curve.method for curve in found] == ['source_only', 'dann']
    assert [*found[1].accuracies] == [0, 1, 10, 'all']
    assert found[1].mean(1) == pytest.approx(0.75)


def test_between_two_numbers_accuracy_rises_with_the_logarithm() -> None:
    curve = flat(k0=0.5, k1=0.6, k10=0.8)
    halfway = math.exp((math.log(2) + math.log(11)) / 2) - 1
    number, text = worth(0.7, curve)
    assert number == pytest.approx(halfway)
    assert text == f'about {halfway:.1f} labels of each class'
    assert worth(0.6, curve)[0] == pytest.approx(1)
    assert worth(0.55, curve)[1] == 'less than one label of each class'
    assert worth(0.5, curve) == (0.0, 'no label: source-only is as good without any')


def test_beyond_the_curve_there_is_no_number() -> None:
    assert worth(0.9, flat(k0=0.5, k10=0.8)) == (None, 'more than 10 labels of each class')
    assert worth(0.9, flat(k0=0.5, k10=0.8, all=0.95)) == (None, 'more than 10 labels of each class')
    assert worth(0.97, flat(k0=0.5, k10=0.8, all=0.95)) == (None, 'more labels than there are')


def test_fine_tuning_overtakes_where_the_paired_difference_is_no_more_above_zero() -> None:
    fine_tuned, adapted = curves(table_of(ROWS))
    assert overtaken(adapted, fine_tuned).startswith(
        'fine-tuning alone overtakes it at 10 labels of each class'
    )
    assert 'does not overtake' in overtaken(fine_tuned_by(0.2), flat(k0=0.1, k1=0.1))


def fine_tuned_by(more: float) -> Curve:
    return flat(k0=0.1 + more, k1=0.1 + more)


def test_the_page_the_figures_and_the_file(tmp_path: Path) -> None:
    text = write(tmp_path, table_of(ROWS))
    assert '| 10 ' in text
    assert (
        'dann without labels reaches 71.0 %, which for fine-tuning takes about 3.7 labels of each class'
        in text
    )
    assert (tmp_path / 'labels.md').read_text() == text
    assert {path.suffix for path in (tmp_path / 'figures').glob('labels.*')} == {'.png', '.svg', '.pdf'}
    first, second = json.loads((tmp_path / 'labels.json').read_text())
    assert first['worth'] is None
    assert second['worth'] == pytest.approx(math.exp((math.log(2) + math.log(11)) / 2) - 1)
    assert second['accuracies']['all'] == {'0': 0.89, '1': 0.91}


def test_without_rows_with_labels_there_is_nothing(tmp_path: Path) -> None:
    assert write(tmp_path, table_of({'source_only': [0.5], 'dann': [0.6]})) == ''
