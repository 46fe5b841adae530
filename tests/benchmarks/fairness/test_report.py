"""What ``dann fairness`` prints."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks_fake import write_folder
from fairness_fake import predictions, write_grouped
from hostile import NAMES, unseen
from unlabelled_fake import write_unlabelled

from dann.benchmarks.fairness.report import FairnessReport
from dann.benchmarks.running.kept_groups import keep_groups
from dann.core.errors import UserError
from dann.core.sealed import DONE, sums_of
from dann.reporting.json_text import json_text


def test_text_and_figures_are_of_both_domains(tmp_path: Path) -> None:
    report = FairnessReport.open(write_grouped(tmp_path, domains=('target', 'source')))
    text = report.text
    assert '**Day to night**: groups of the target, street/night, by last' in text
    assert 'groups of the source, street/day' in text
    assert '| dann ' in text
    assert '**+30.0 ± 0.0**' in text
    assert text.count('By chance: the difference') == 1
    found = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    dann = next(row for row in found['domains']['target'] if row['method'] == 'dann')
    assert dann['worst_accuracy']['difference']['mean'] == pytest.approx(0.3)
    assert dann['worst_accuracy']['excludes_zero'] is True
    assert dann['groups']['dark']['samples'] == 200
    assert dann['groups']['light']['accuracy']['mean'] == pytest.approx(0.84)
    assert len(dann['odds_difference']['runs'][0]['interval']) == 2
    assert dann['by_chance'].keys() == {'parity_difference', 'odds_difference'}


def test_a_run_without_groups_says_how_to_have_some(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='have no groups; set `groups` of its data, or --groups'):
        FairnessReport.open(write_folder(tmp_path, {'source_only': (0.6,)}, pictures=False))


def test_of_a_target_without_labels_nothing_is_known(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='has no labels, so nothing is known of its groups'):
        FairnessReport.open(write_unlabelled(tmp_path))


@pytest.mark.parametrize('count', [2, len(NAMES)])
def test_names_of_groups_reach_the_terminal_as_text_and_nothing_else(count: int, tmp_path: Path) -> None:
    folder = write_grouped(tmp_path)
    for job in folder.glob('jobs/*'):
        grouped = predictions((120, 160))
        names = NAMES[-count:]
        keep_groups(job, 400, {'target': replace(grouped, names=names, group=grouped.group % count)})
        (job / DONE).write_text(sums_of(job))
    report = FairnessReport.open(folder)
    assert unseen(report.text) <= {'\n'}
    assert unseen(json_text(report.as_dict())) <= {'\n'}
    lines = [line for line in report.text.splitlines() if line.startswith('| source_only')]
    assert len(lines) == 3
