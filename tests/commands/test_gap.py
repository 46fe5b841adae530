"""``dann gap`` as a user runs it, on the toy pair: what it prints and writes, and what it never opens."""

from __future__ import annotations

import builtins
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from harness import configuration
from photos import write_domain, write_image, write_pair
from toy import Toy

from dann import configs
from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.running.job import run_job
from dann.benchmarks.running.prepare import prepare
from dann.benchmarks.running.run import write_changed
from dann.cli import main

QUICK = ('--permutations', '199', '--samples', '60')

SMALL = {'train': 32, 'val': 20, 'test': 160}
PAIRS: dict[str, dict[str, dict[str, Any]]] = {
    'day-to-night': {'source': SMALL, 'target': SMALL},
    'sim-to-real': {'source': SMALL, 'target': {'val': 300, 'test': 500}},
}


def config(**changes: Any) -> dict[str, Any]:
    """The toy benchmark with splits large enough to measure."""
    sizes = {'train': 30, 'val': 24, 'test': 48}
    data = configuration()['data']
    data['source']['init_args'] |= sizes
    data['target']['init_args'] |= sizes
    methods = {
        'source_only': {},
        'coral': {'alignment': 'CORAL'},
        'adabn': {'class_path': 'AdaBN'},
        'teacher': {'class_path': 'MeanTeacher'},
        'cbst': {'class_path': 'CBST'},
        'target_supervised': {'reference': True},
    }
    made = configuration(data=data, methods=methods, seeds=1, steps=4, evaluations=1)
    made['model']['init_args']['backbone']['init_args']['batch_norm'] = True
    return made | changes


def write(folder: Path, content: dict[str, Any], name: str = 'toy') -> str:
    path = folder / f'{name}.yaml'
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return str(path)


@pytest.fixture(scope='module')
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark's folder with a trained job a row."""
    folder = tmp_path_factory.mktemp('runs') / 'toy'
    grid = benchmark('toy', config())
    jobs = grid.jobs()
    folder.mkdir()
    prepared = prepare(grid, jobs, folder)
    for job in jobs:
        identity = prepared.identities[job.name]
        run_job(job, folder / 'jobs' / job.name, identity, names=(), report=lambda step: None)
    write_changed(folder / 'benchmark.yaml', grid.description)
    return folder


def gap(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(['gap', *arguments, *QUICK, '--json']) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_pair_is_apart_and_its_halves_are_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = gap(capsys, write(tmp_path, config()), '--out', str(tmp_path / 'gap'))
    pixels, encoder = found['rows']
    assert pixels['name'] == 'pixels'
    assert encoder['name'] == 'ConvNet 32-64 (random weights, seed 0)'
    for row, half in zip(found['rows'], found['halves_of_the_source'], strict=True):
        apart, together = row['distances'], half['distances']
        assert row['gap'] == 'large'
        assert half['gap'] == 'no'
        assert apart['a_distance']['value'] > 1.5 > 0.8 > together['a_distance']['value']
        assert apart['mmd']['value'] > 10 * abs(together['mmd']['value'])
        assert apart['mmd']['p_value'] == 1 / 200
        assert (apart['source'], apart['target'], together['source']) == (48, 48, 24)
    assert [layer['name'] for layer in encoder['layers']] == ['stage 1', 'stage 2']
    assert [each['name'] for each in pixels['classes']] == ['red', 'green', 'blue']
    assert sum(pixels['label_shift']['target']) == pytest.approx(1)
    assert json.loads((tmp_path / 'gap' / 'gap.json').read_text()) == found
    text = (tmp_path / 'gap' / 'gap.md').read_text()
    assert text.startswith('**toy/a → toy/b**, test split, 48 and 48 images')
    for words in ('pixels: large gap', 'Style transfer', 'No FID', 'estimates (BBSE) without target labels'):
        assert words in text, words


def test_networks_before_and_after(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = gap(capsys, write(tmp_path, config()), '--on', str(trained))
    assert [row['name'] for row in found['rows']] == [
        *('source_only', 'coral', 'adabn', 'teacher', 'cbst', 'target_supervised')
    ]
    assert found['halves_of_the_source'] == []
    assert [row['uses_target_labels'] for row in found['rows']] == [False] * 5 + [True]
    for row in found['rows']:
        assert [layer['name'] for layer in row['layers']] == ['stage 1', 'features', 'logits']
        assert row['classifier'] == "the network's own classifier"
    assert any('Before and after adaptation' in line for line in found['reading'])
    chosen = gap(capsys, write(tmp_path, config()), '--on', str(trained), '--methods', 'coral')
    assert chosen['rows'] == [row for row in found['rows'] if row['name'] == 'coral']


@pytest.mark.parametrize('row', ['source_only', 'coral', 'adabn', 'teacher', 'cbst'])
def test_a_restored_network_sees_what_its_job_saw(trained: Path, row: str) -> None:
    from dann.benchmarks.results.trained import seen_by, trained_jobs
    from dann.datasets import DomainPair
    from dann.shift.domains import load_domains

    source, target = (Toy(domain, train=30, val=24, test=48) for domain in 'ab')
    pair = DomainPair(source, target, batch_size=8)
    domains = load_domains(pair, 'test', samples=60, seed=0)
    job, record = trained_jobs(trained, [row])[0]
    seen = seen_by(job, record, domains, pair)
    order = np.random.default_rng([0, 1]).permutation(48)
    with np.load(job / 'features.npz') as kept:
        np.testing.assert_allclose(seen.target, kept['target'][order], atol=1e-5)
        source = kept['source']
    val = load_domains(pair, 'val', samples=60, seed=0)
    order = np.random.default_rng([0, 0]).permutation(24)
    np.testing.assert_allclose(seen_by(job, record, val, pair).source, source[order], atol=1e-5)
    assert seen.held_out is not None
    assert len(seen.held_out[0]) == 24


def scrambled(folder: Path) -> dict[str, Any]:
    """The benchmark with every target label on disk set to zero, and a manifest that agrees."""
    content = config()
    options = content['data']['target']['init_args'] | {'root': str(folder)}
    content['data']['target']['init_args'] = options
    toy = Toy(**options)
    toy.prepare()
    manifest = json.loads((toy.folder / 'manifest.json').read_text())
    for path in toy.folder.glob('*.labels.npy'):
        np.save(path, np.zeros_like(np.load(path)))
        manifest['sha256'][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (toy.folder / 'manifest.json').write_text(json.dumps(manifest))
    return content


def test_target_labels_change_nothing(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on = ('--on', 'pixels', 'encoder', str(trained), '--methods', 'source_only')
    blind = write(tmp_path, scrambled(tmp_path / 'data'), 'blind')
    assert gap(capsys, write(tmp_path, config()), *on) == gap(capsys, blind, *on)


@pytest.mark.parametrize('halves', [None, 'source', 'target'])
def test_no_label_file_of_the_target_is_opened(
    halves: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def spy(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, *args: Any, **kwargs: Any) -> Any:
            opened.append(str(file))
            return function(file, *args, **kwargs)

        return call

    path = write(tmp_path, config())
    for side in ('source', 'target'):
        Toy(**config()['data'][side]['init_args']).prepare()  # made before anyone watches
    monkeypatch.setattr(builtins, 'open', spy(builtins.open))
    monkeypatch.setattr(np, 'load', spy(np.load))
    monkeypatch.setattr(Path, 'open', spy(Path.open))
    found = gap(capsys, path, '--on', 'pixels', *(('--halves', halves) if halves else ()))
    assert not [name for name in opened if 'toy-b' in name and name.endswith('labels.npy')]
    assert (found['rows'][0]['label_shift'] is None) == (halves == 'target')
    read = [name for name in opened if name.endswith('test.images.npy')]
    assert {'toy-a' in name for name in read} == {None: {True, False}, 'source': {True}, 'target': {False}}[
        halves
    ]


def test_repeats_of_halves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, config())
    found = gap(capsys, path, '--halves', 'source', '--repeats', '40', '--on', 'pixels')
    assert len(found['repeats'][0]['p_values']) == 40
    assert found['repeats'][0]['rejected'] <= 6
    assert 'of 40 repeats (seeds 0 to 39)' in found['reading'][0]


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('toy', '--on', 'features'), 'expected `--on` pixels, encoder or a folder'),
        (('toy', '--repeats', '5'), '`--repeats` tests what is true.*add --halves source'),
        (('toy', '--permutations', '50'), '`--permutations` of at least 199, got 50'),
        (('toy', '--permutations', '1000000000'), '`--permutations` of at most 1,000,000, got 1000000000'),
        (
            ('catalogue',),
            'catalogue is several benchmarks; name one: day-to-night-scratch, sim-to-real-scratch',
        ),
        (('toy', '--samples', '5'), '`--samples` of at least 20, got 5'),
    ],
)
def test_mistakes_are_explained(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [write(tmp_path, config()) if each == 'toy' else each for each in arguments]
    assert main(['gap', *given]) == 2
    assert re.search(message, capsys.readouterr().err)


def test_a_folder_of_other_classes_or_rows_is_refused(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, config())
    assert main(['gap', path, '--on', str(trained), '--methods', 'corral']) == 2
    assert "did you mean 'coral'?" in capsys.readouterr().err
    assert main(['gap', path, '--on', str(tmp_path)]) == 2
    assert 'no results in' in capsys.readouterr().err


def test_images_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    root = write_pair(tmp_path / 'photos', 150)
    asked = (str(root), '--size', '12', '--on', 'pixels')
    assert main(['gap', *asked]) == 2
    assert 'for example `dann gap ' in capsys.readouterr().err
    found = gap(capsys, *asked, '--source', 'day', '--target', 'night')
    assert (found['source'], found['target']) == ('photos/day', 'photos/night')
    assert found['rows'][0]['gap'] == 'large'


def test_a_target_without_labels_can_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    root = tmp_path / 'photos'
    write_domain(root / 'day', 150, brightness=110)
    for number in range(150):
        write_image(root / 'night' / f'{number:03d}.png', number, brightness=40)
    found = gap(capsys, str(root), '--size', '12', '--on', 'pixels', '--source', 'day', '--target', 'night')
    assert found['rows'][0]['gap'] == 'large'
    assert found['rows'][0]['label_shift'] is not None


def shown(name: str, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    content = configs.load(name)
    for side, options in PAIRS[name].items():
        content['data'][side]['init_args'] = (content['data'][side].get('init_args') or {}) | options
    path = folder / f'{name}.yaml'
    path.write_text(yaml.safe_dump(content))
    capsys.readouterr()
    assert main(['gap', str(path), '--permutations', '199', '--samples', '160', '--json', *more]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def figures(row: dict[str, Any]) -> dict[str, float]:
    found = row['distances']
    return {
        'a_distance': found['a_distance']['value'],
        'mmd': found['mmd']['value'],
        'coral': found['coral'],
        'frechet': found['frechet'],
        'js': found['divergences']['jensen_shannon'],
        'sliced_wasserstein': found['sliced_wasserstein'],
    }


@pytest.mark.slow
@pytest.mark.parametrize('name', PAIRS)
def test_a_pair_is_farther_apart_than_halves(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown(name, tmp_path, capsys)
    for row, half in zip(found['rows'], found['halves_of_the_source'], strict=True):
        apart, together = figures(row), figures(half)
        assert row['gap'] == 'large'
        assert row['distances']['mmd']['p_value'] == 1 / 200
        assert apart['a_distance'] > 1.5 > 0.5 > together['a_distance']
        # without CORAL: its factor 1 / (4 d^2) is another one for halves of so few images, which have half the axes
        for distance in ('mmd', 'frechet', 'js', 'sliced_wasserstein'):
            assert apart[distance] > 1.5 * together[distance], (row['name'], distance)


@pytest.mark.slow
def test_halves_of_the_day_are_rejected_as_seldom_as_they_may(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown('day-to-night', tmp_path, capsys, '--halves', 'source', '--repeats', '100')
    for each in found['repeats']:
        # exact at 5 %: more than 11 of 100 come about once in 200 such series
        assert each['rejected'] <= 11
        assert each['low'] <= 0.05
        assert each['uniform'] > 0.001
