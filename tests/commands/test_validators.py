"""``dann validators``."""

import json
from pathlib import Path

import pytest
from benchmarks_fake import write_folder, write_suite

from dann import cli
from dann.benchmarks import rank_rules


def test_the_command_ranks_per_benchmark_and_pooled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(['validators', str(write_suite(tmp_path))]) == 0
    printed = capsys.readouterr().out
    assert printed.index('**all benchmarks**') < printed.index('**day**') < printed.index('**sim**')
    assert 'val/infomax+guard' in printed
    assert cli.main(['validators', str(tmp_path / 'day'), str(tmp_path / 'sim'), '--json']) == 0
    found = json.loads(capsys.readouterr().out)
    pooled = {each['rule']: each for each in found['all benchmarks']}
    assert found['all benchmarks'][0]['rule'] == 'val/infomax'
    assert pooled['val/infomax']['method']['mean'] == 0
    assert pooled['val/odd']['worst'] == pytest.approx(0.02)
    assert pooled['val/odd']['method']['n'] == 4


def test_python_has_the_same_ranking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['validators', str(write_suite(tmp_path)), '--sort', 'method', '--json']) == 0
    printed = json.loads(capsys.readouterr().out)
    found = rank_rules([str(tmp_path)], order='method')
    assert list(printed) == list(found) == ['all benchmarks', 'day', 'sim']
    assert [each['rule'] for each in printed['day']] == [each.rule for each in found['day']]


def test_a_ranking_of_a_part_of_the_jobs_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = {'source_only': [0.5, 0.6], 'dann': [0.7, 0.8]}
    folder = write_folder(tmp_path / 'run', rows, benchmark={'seeds': [0, 1]}, pictures=False)
    assert cli.main(['validators', str(folder)]) == 0
    assert capsys.readouterr().err == ''
    next(folder.glob('jobs/dann-seed1-*/done')).unlink()
    assert cli.main(['validators', str(folder)]) == 0
    said = f'dann: {folder}: 3 of 4 jobs are done, and only these are ranked; run the benchmark again to finish it\n'
    assert capsys.readouterr().err == said
