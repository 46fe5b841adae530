"""``dann report``."""

import json
from pathlib import Path

import pytest
from benchmarks_fake import write_folder, write_suite

from dann import cli
from dann.benchmarks import read_results


@pytest.fixture(autouse=True)
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('dann.benchmarks.report.illustrations.illustrate', lambda results, table: [])


def test_the_report_says_what_its_rule_loses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['report', str(write_suite(tmp_path) / 'day'), '--select', 'val/infomax+guard']) == 0
    printed = capsys.readouterr().out
    assert (
        'Against the oracle val/infomax+guard loses 0.0 (0.0, 0.0) points in the choice of a checkpoint'
        in printed
    )
    assert 'that it chooses by itself, seed by seed: dann (2 of 2); 83.0 (83.0, 83.0) %.' in printed


def test_a_suite_says_what_its_rule_loses_over_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(['report', str(write_suite(tmp_path))]) == 0
    printed = capsys.readouterr().out
    assert printed.count('Against the oracle val/infomax loses') == 3
    assert 'Over all 2 benchmarks: Against the oracle val/infomax loses 0.0 ± 0.0 points' in printed


def test_what_is_printed_is_what_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path, {'source_only': [0.6], 'dann': [0.8]}, pictures=False)
    assert cli.main(['report', str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed == f'{(folder / "table.md").read_text()}\nReport: {folder}/report.html\n'
    assert cli.main(['report', str(folder), '--json']) == 0
    printed = capsys.readouterr().out
    assert printed == (folder / 'results.json').read_text()
    assert json.loads(printed) == read_results(folder)


def test_a_run_is_followed_at_the_port_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[object, ...]] = []

    def serve(folder: Path, port: int, select: str | None, *, allow_mixed: bool) -> None:
        asked.append((folder, port, select, allow_mixed))

    monkeypatch.setattr('dann.benchmarks.report.serving.serve', serve)
    assert cli.main(['report', str(tmp_path), '--serve', '--port', '0', '--select', 'last']) == 0
    assert cli.main(['report', str(tmp_path), '--serve', '--allow-mixed']) == 0
    assert asked == [(tmp_path, 0, 'last', False), (tmp_path, 8765, None, True)]
    for wrong in (['--port', '1'], ['--serve', '--json']):
        assert cli.main(['report', str(tmp_path), *wrong]) == 2
        assert '`--serve`' in capsys.readouterr().err
