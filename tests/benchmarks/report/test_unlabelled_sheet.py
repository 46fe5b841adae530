"""The printed table of a target without labels."""

from __future__ import annotations

from pathlib import Path

from unlabelled_fake import write_unlabelled

from dann.benchmarks.report.formats import latex, markdown
from dann.benchmarks.report.unlabelled import build_ranking
from dann.benchmarks.report.unlabelled_sheet import ranking_sheet
from dann.benchmarks.results.opened import Results


def test_each_row_has_score_estimates_agreement_and_seeds(tmp_path: Path) -> None:
    sheet = ranking_sheet(build_ranking(Results.open(write_unlabelled(tmp_path, seeds=[0, 1, 2]))))
    assert sheet.columns == (
        *(
            'method',
            'family',
            'val/infomax',
            'ATC',
            'DoC',
            'COT',
            'agrees with most',
            'agrees with source-only',
        ),
        'n',
    )
    assert sheet.lines[0].texts == [
        *(
            'dann',
            'Adversarial',
            '0.520 (0.500, 0.540)',
            '72.0 (70.0, 74.0)',
            '82.0 (80.0, 84.0)',
            '62.0 (60.0, 64.0)',
        ),
        *('75.0 (75.0, 75.0)', '50.0 (50.0, 50.0)', '2 of 3'),
    ]
    assert sheet.lines[0].entries[-1].kind == 'incomplete'
    assert not [entry for line in sheet.lines for entry in line.entries if entry.bold]


def test_markdown_and_latex_hold_no_difference(tmp_path: Path) -> None:
    sheet = ranking_sheet(build_ranking(Results.open(write_unlabelled(tmp_path))))
    text = markdown(sheet)
    assert text.startswith(
        '**Day to night** (street/day → street/night), no target label seen: ranked by val/'
    )
    assert '\n\n\n' not in text
    assert 'Difference' not in text
    assert r'dann & Adversarial & 0.520 (0.500, 0.540) & $72.0 (70.0, 74.0)$' in latex(sheet)
