"""``dann benchmark``: what bad input answers, and what a grid of jobs leaves and prints."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import assert_refused, configuration, dann, write
from unlabelled_fake import write_unlabelled
from wandb_file import kept

from dann.benchmarks.report.report import BenchmarkReport
from dann.commands.benchmark import _show

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['sim-to-rael'], ["unknown benchmark 'sim-to-rael'", "did you mean 'sim-to-real'?"]),
        (['sim-to-real', '--methods', 'dan'], ["unknown method 'dan'", "did you mean 'dann'?"]),
        (['sim-to-real', '--seeds', '-1'], ['`seeds`', 'from 1', '-1']),
        (['sim-to-real', '--steps', '0'], ['`steps`', 'above 0', 'got 0']),
        (
            ['sim-to-real', '--severity', '0.5'],
            ['sim-to-real has no severity', 'leave --severity out'],
        ),
        (['day-to-night', '--severity', '1.5'], ['`severity` in [0, 1]', '1.5']),
        (['sim-to-real', '--workers', '0'], ['`--workers` above 0']),
        (['sim-to-real', '--logger', 'wanbd'], ["invalid choice: 'wanbd'", 'wandb']),
        (['missing.yaml'], ['cannot read missing.yaml', 'check the path']),
        (['catalogue', '--methods', 'dan'], ["unknown method 'dan'", "did you mean 'dann'?"]),
    ],
)
def test_bad_requests(run: Run, arguments: list[str], words: list[str]) -> None:
    assert_refused(run('benchmark', *arguments), *words)


def changed(**changes: Any) -> dict[str, Any]:
    return configuration(seeds=1, **changes)


def data(**changes: Any) -> dict[str, Any]:
    options: dict[str, Any] = configuration()['data'] | changes
    return options


def toy(**options: Any) -> dict[str, Any]:
    return {'class_path': 'toy.Toy', 'init_args': options}


@pytest.mark.parametrize(
    ('config', 'words'),
    [
        (changed(metods={}), ["unknown key 'metods'", "did you mean 'methods'?"]),
        (changed(methods={'x': {'alignment': 'DNAN'}}), ["unknown alignment 'DNAN'", "did you mean 'DANN'?"]),
        (changed(methods={'x': {'style': 'FAD'}}), ["unknown style 'FAD'", "did you mean 'FDA'?"]),
        (changed(methods={'x': {'alignment': 'nowhere.Loss'}}), ["cannot import alignment 'nowhere.Loss'"]),
        (changed(methods={'x': {'alignment': 'toy.Toy'}}), ['toy.Toy is no Alignment', 'dann.Alignment']),
        (
            changed(methods={'x': {'alignmnt': 'DANN'}}),
            ["unknown option 'alignmnt'", "did you mean 'alignment'?"],
        ),
        (changed(methods={'x': 'DANN'}), ["method 'x'", '{alignment: DANN}']),
        (changed(methods={}), ['no `methods:` section']),
        (changed(methods={'x': False}), ["method 'x' is False"]),
        (changed(methods={'a/b': {}}), ["letters, digits and . + - _, got 'a/b'"]),
        (changed(methods={1: {}}), ['has the key 1', 'put it in quotes']),
        (changed(methods={'x': {'alignment': ['DANN']}}), ["alignment ['DANN']", 'class_path']),
        (
            changed(methods={'x': {'optimizer': 'Adam'}}),
            ['`optimizer`, which all rows share', 'under `model:`'],
        ),
        (changed(methods={'x': {'init_args': {'validators': []}}}), ['`validators`, which all rows share']),
        (changed(trainer={'max_epochs': 3}), ['`max_epochs`', '`steps:` and `evaluations:`']),
        (changed(trainer=['a']), ['`trainer` to be a mapping']),
        (changed(steps=True), ['`steps`', 'got True']),
        (configuration(seeds=[0, 0]), ['different numbers', '[0, 0]']),
        (configuration(seeds=True), ['`seeds`', 'got True']),
        (changed(data={'source': toy()}), ['no `target:`']),
        (changed(model={'init_args': {}}), ['no `class_path`']),
        (
            changed(model={'class_path': 'AdaptationModule', 'init_args': {'alignment': 'DANN'}}),
            ['source-only'],
        ),
        (
            changed(select='val/infomx'),
            ["unknown selection rule 'val/infomx'", "did you mean 'val/infomax'?"],
        ),
        (
            changed(data=data(batch_size=64)),
            ['train split of toy/a has 48 samples, needs 64', 'lower `batch_size`'],
        ),
        (
            changed(data=data(target=toy(domain='b', val=0))),
            ['val split of toy/b has 0 samples', 'add samples'],
        ),
        (
            changed(data=data(target=toy(domain='a'))),
            ['source and target are both toy/a', 'name two different domains'],
        ),
        (
            changed(data=data(target={'class_path': 'HandwrittenDigits'})),
            [
                'different classes',
                "only in the source ['blue', 'green', 'red']",
                'make the class lists equal',
            ],
        ),
    ],
)
def test_bad_configurations(run: Run, tmp_path: Path, config: dict[str, Any], words: list[str]) -> None:
    path = tmp_path / 'bad.yaml'
    path.write_text(yaml.safe_dump(config))
    assert_refused(run('benchmark', str(path), '--out', str(tmp_path / 'out')), *words)


def test_a_configuration_that_cannot_run_does_not_claim_the_folder(run: Run, tmp_path: Path) -> None:
    out = tmp_path / 'out'
    assert_refused(
        run('benchmark', write(tmp_path, methods={'x': {'alignment': 'Nope'}}), '--out', str(out)), 'Nope'
    )
    assert not (out / 'benchmark.yaml').exists()


@pytest.fixture(scope='module')
def grid(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A benchmark in which one row breaks, and what it printed."""
    folder = tmp_path_factory.mktemp('grid')
    methods = {
        'source_only': {},
        'breaks': {'alignment': 'slow_loss.Breaks'},
        'fda+dann': {'style': 'FDA', 'alignment': 'DANN'},
        'target_supervised': {'reference': True},
    }
    config = write(folder, methods=methods)
    out = folder / 'out'
    return out, dann('benchmark', config, '--out', str(out), '--logger', 'wandb', '--logger', 'tensorboard')


@pytest.fixture
def copied(grid: tuple[Path, Any], tmp_path: Path) -> Path:
    """The grid's folder for a test that changes its jobs, which the others must not see."""
    return Path(shutil.copytree(grid[0], tmp_path / 'out'))


def test_a_nan_stops_its_job_alone(grid: tuple[Path, Any]) -> None:
    out, call = grid
    assert call.returncode == 1
    lines = [line for line in call.stderr.splitlines() if line.startswith('dann: ')]
    assert [line.split()[1].split('-')[0] for line in lines] == ['breaks', 'breaks']
    assert 'loss/fragile became nan at step 15' in lines[0]
    assert 'lower the learning rate' in lines[0]
    assert 'Traceback' not in call.stderr
    kept = list(out.glob('jobs/breaks-*/last.ckpt'))
    assert len(kept) == 2
    for checkpoint in kept:
        steps = [
            json.loads(line)['step']
            for line in (checkpoint.parent / 'records.jsonl').read_text().splitlines()
        ]
        assert steps == [5, 10]
    assert len(list(out.glob('jobs/*/done'))) == 6


def test_a_job_leaves_its_record(grid: tuple[Path, Any]) -> None:
    out, _ = grid
    job = next(out.glob('jobs/fda+dann-seed0-*'))
    names = {path.name for path in job.iterdir()}
    assert {'config.yaml', 'records.jsonl', 'metrics.csv', 'weights.pt', 'done', 'samples.npz'} <= names
    assert 'last.ckpt' not in names
    records = [json.loads(line) for line in (job / 'records.jsonl').read_text().splitlines()]
    assert [record['step'] for record in records] == [5, 10, 15, 20]
    scores = records[-1]['scores']
    for name in ('source_accuracy', 'entropy', 'infomax', 'bnm', 'snd'):
        assert f'val/{name}' in scores
    assert {
        'loss/source',
        'loss/domain',
        'diagnostic/critic_accuracy',
        'oracle/target_test_accuracy',
    } <= scores.keys()
    assert records[-1]['family'] == 'combined'
    assert len(records[-1]['manifests']['target']) == 12


def test_seeds_pair_initial_weights_and_the_reference_is_tagged(grid: tuple[Path, Any]) -> None:
    out, _ = grid
    first = [json.loads((job / 'records.jsonl').read_text().splitlines()[0]) for job in out.glob('jobs/*')]
    for seed in (0, 1):
        assert len({record['initial_weights'] for record in first if record['seed'] == seed}) == 1
    assert len({record['initial_weights'] for record in first}) == 2
    tagged = {record['method'] for record in first if record['uses_target_labels']}
    assert tagged == {'target_supervised'}
    assert len({record['protocol'] for record in first}) == 1


def test_another_configuration_in_the_folder(grid: tuple[Path, Any], run: Run, tmp_path: Path) -> None:
    out = str(grid[0])
    assert_refused(
        run('benchmark', write(tmp_path, steps=40), '--out', out), 'another `steps` (20 there, 40 here)'
    )
    other = {'fda+dann': {'alignment': 'DANN'}}
    assert_refused(
        run('benchmark', write(tmp_path, methods=other), '--out', out), "another method 'fda+dann'", '--out'
    )
    (tmp_path / 'benchmark.yaml').write_text('{')
    assert_refused(run('benchmark', write(tmp_path), '--out', str(tmp_path)), 'is not valid', '--out')


def test_the_report_keeps_to_the_benchmarks_rule(grid: tuple[Path, Any], run: Run) -> None:
    out = grid[0]
    from dann.benchmarks.report.report import up_to_date

    assert up_to_date(out, 'val/infomax')
    assert run('report', str(out), '--select', 'val/bnm')[0] == 0
    assert not up_to_date(out, 'val/infomax')
    assert run('report', str(out))[0] == 0
    assert up_to_date(out, 'val/infomax')
    assert_refused(
        run('report', str(out), '--select', 'oracle/target_test_class_accuracy'), 'unknown selection rule'
    )


def test_loggers_leave_their_files(grid: tuple[Path, Any]) -> None:
    out, _ = grid
    job = next(out.glob('jobs/source_only-seed0-*'))
    header = (job / 'metrics.csv').read_text().splitlines()[0]
    assert 'loss/source' in header
    assert 'oracle/target_test_accuracy' in header
    assert list(job.glob('tensorboard/events.out.tfevents.*'))


def test_every_job_is_one_run_of_wandb(grid: tuple[Path, Any]) -> None:
    out, call = grid
    runs = {
        path.relative_to(out).parts[1]: kept(path) for path in out.glob('jobs/*/wandb/offline-run-*/*.wandb')
    }
    assert len(runs) == len({run.run.run_id for run in runs.values()}) == 8
    assert {name for name, run in runs.items() if run.exit_code} == {
        path.name for path in out.glob('jobs/breaks-*')
    }
    for name, run in runs.items():
        records = [
            json.loads(line) for line in (out / 'jobs' / name / 'records.jsonl').read_text().splitlines()
        ]
        assert (run.run.run_group, run.run.job_type) == ('toy', records[0]['method'])
        assert run.config['seed'] == records[0]['seed']
        for record in records:
            row = run.history[record['step']]
            for score, value in record['scores'].items():
                assert row[score] == pytest.approx(value), score
    (report,) = out.glob('wandb/offline-run-*/*.wandb')
    assert kept(report).run.job_type == 'report'
    assert 'methods are better than source-only' in kept(report).summary['verdict']
    assert 'wandb sync $(find' in call.stdout


def test_the_report_of_a_grid(grid: tuple[Path, Any], run: Run) -> None:
    out, call = grid
    assert 'target_supervised' in call.stdout
    assert (out / 'report.html').stat().st_size > 50_000
    status, printed, _ = run('report', str(out), '--json')
    assert status == 0
    assert json.loads(printed)
    assert_refused(run('report', str(out), '--select', 'val/infomx'), "did you mean 'val/infomax'?")


@pytest.mark.slow
def test_a_process_that_dies_fails_its_job_alone(tmp_path: Path) -> None:
    methods = {'dies': {'alignment': 'slow_loss.Dies'}, 'source_only': {}}
    call = dann(
        'benchmark', write(tmp_path, methods=methods, seeds=1), '--out', str(tmp_path), '--workers', '1'
    )
    assert call.returncode == 1
    assert 'its process ended with status 3; run again to continue' in call.stderr
    assert len(list(tmp_path.glob('jobs/source_only-*/done'))) == 1


@pytest.mark.slow
def test_a_checkpoint_of_another_configuration_is_refused(grid: tuple[Path, Any], copied: Path) -> None:
    import torch

    broken = sorted(copied.glob('jobs/breaks-*'))
    state = torch.load(broken[0] / 'last.ckpt', weights_only=True)
    torch.save(state, broken[1] / 'last.ckpt')
    config = str(grid[0].parent / 'toy.yaml')
    call = dann('benchmark', config, '--out', str(copied), '--methods', 'breaks')
    assert call.returncode == 1
    assert f'belongs to {broken[0].name}' in call.stderr
    assert 'to start that job again' in call.stderr


def test_a_corrupt_record_line_is_named(copied: Path, run: Run) -> None:
    path = next(copied.glob('jobs/source_only-seed0-*/records.jsonl'))
    path.write_text(path.read_text()[:-40])
    assert_refused(run('report', str(copied)), 'records.jsonl', 'has changed', status=1)


def test_a_lost_description_of_the_run_is_written_again(copied: Path, run: Run, tmp_path: Path) -> None:
    path, config = copied / 'run.json', write(tmp_path, methods={'source_only': {}})
    known = json.loads(path.read_text())
    for content in (None, '{'):
        path.unlink() if content is None else path.write_text(content)
        assert run('benchmark', config, '--out', str(copied))[0] == 0
        assert json.loads(path.read_text())['manifests'] == known['manifests']


def test_a_target_without_labels_ends_with_the_ranking(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = write_unlabelled(tmp_path)
    _show(BenchmarkReport.open(folder), folder)
    printed = capsys.readouterr().out
    assert 'dann has the highest val/infomax of 2 adaptation' in ' '.join(printed.split())
    assert max(len(line) for line in printed.splitlines() if str(folder) not in line) <= 79
    assert 'nothing can be compared' not in printed
    assert f'Report: {folder / "report.html"}' in printed
