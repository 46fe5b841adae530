"""The report of a suite."""

from pathlib import Path

from across_fake import FAR, NEAR
from benchmarks_fake import write_folder

from dann.benchmarks.report.report import BenchmarkReport
from dann.benchmarks.report.suite_report import SuiteReport


def test_a_suite_has_the_comparison_in_its_files(tmp_path: Path) -> None:
    for name, rows in (('near', NEAR), ('far', FAR)):
        write_folder(tmp_path / name, rows, pictures=False)
    report = SuiteReport.open(tmp_path)
    text, found = report.text, report.as_dict()
    assert '**Across 2 benchmarks**' in text
    assert text.endswith('.\n')
    assert found['across_benchmarks']['methods'][0]['method'] == 'dann'
    SuiteReport.open(tmp_path).write_common()
    assert sorted(path.name for path in (tmp_path / 'figures').iterdir()) == [
        'critical-difference.pdf',
        'critical-difference.png',
        'critical-difference.svg',
    ]
    assert SuiteReport.open(tmp_path, 'oracle').text != text


def test_a_suite_of_one_benchmark_has_no_comparison(tmp_path: Path) -> None:
    write_folder(tmp_path / 'near', NEAR, pictures=False)
    SuiteReport.open(tmp_path).write_common()
    assert 'across_benchmarks' not in SuiteReport.open(tmp_path).as_dict()
    assert not (tmp_path / 'figures').exists()


def test_reports_that_are_open_are_not_opened_again(tmp_path: Path) -> None:
    for name, rows in (('near', NEAR), ('far', FAR)):
        write_folder(tmp_path / name, rows, pictures=False)
    near = BenchmarkReport.open(tmp_path / 'near')
    suite = SuiteReport.open(tmp_path, parts={'near': near})
    assert suite.parts['near'] is near
    assert list(suite.parts) == ['far', 'near']
    assert suite.text == SuiteReport.open(tmp_path).text
    assert [page.parent.name for page in suite.pages] == ['far', 'near']


def test_every_row_has_the_seconds_of_a_job(tmp_path: Path) -> None:
    write_folder(
        tmp_path / 'near', NEAR, benchmark={'methods': dict.fromkeys([*NEAR, 'coral'])}, pictures=False
    )
    suite = SuiteReport.open(tmp_path)
    assert {row['method']: row['seconds'] for row in suite.as_dict()['near']['rows']} == {
        **dict.fromkeys(NEAR, 1.5),
        'coral': None,
    }
    assert suite.text.count('| 1.5   |') == len(NEAR)
    assert '| —     |' in suite.text
