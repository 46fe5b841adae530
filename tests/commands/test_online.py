"""``dann online`` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import assert_refused, write
from photos import write_domain, write_pair
from training import fit, module, pair

from dann.commands.online import PROTOCOLS
from dann.datasets.own.folder import Folder
from dann.datasets.rendered.street.dataset import Street
from dann.networks import ConvNet
from dann.transfer.online import protocols

Run = Callable[..., tuple[int, str, str]]
SMALL: dict[str, Any] = {'size': 16, 'train': 32, 'val': 8, 'test': 8}


def saved(place: Path, data: Any, *, classes: int, size: int, normed: bool = True) -> Path:
    backbone = ConvNet(size, (8,), (3,), (2,), batch_norm=normed)
    trained = module(num_classes=classes)
    made = type(trained)(num_classes=classes, backbone=backbone, bottleneck=6, validators=[])
    fit(made, data).save_checkpoint(place)
    return place


@pytest.fixture(scope='module')
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the built-in streets, small."""
    data = pair(Street('day', **SMALL), Street('night', **SMALL))
    return saved(tmp_path_factory.mktemp('streets') / 'a.ckpt', data, classes=8, size=16)


@pytest.fixture(scope='module')
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photographs of three domains and a checkpoint of them."""
    root = write_pair(tmp_path_factory.mktemp('mine') / 'photos', 45)
    write_domain(root / 'dusk', 45, brightness=70)
    data = pair(Folder(str(root), 'day', 8), Folder(str(root), 'night', 8))
    saved(root.parent / 'b.ckpt', data, classes=3, size=8)
    return root


def figures(run: Run, *arguments: str) -> dict[str, Any]:
    status, out, err = run('online', *arguments, '--json')
    assert status == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture
def night(streets: Path, tmp_path: Path) -> tuple[str, ...]:
    """The checkpoint, and a benchmark whose night is as small as its images."""
    data = {
        side: {'class_path': 'Street', 'init_args': {'domain': domain} | SMALL}
        for side, domain in (('source', 'day'), ('target', 'night'))
    }
    return (str(streets), '--data', write(tmp_path, data=data))


def test_the_protocols_of_the_help_are_those_that_there_are() -> None:
    assert tuple(protocols.PROTOCOLS) == PROTOCOLS


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_the_night_passes_under_every_protocol(protocol: str, run: Run, night: tuple[str, ...]) -> None:
    found = figures(
        run, *night, '--protocol', protocol, '--images', '44', '--seeds', '2', '--batch-size', '8'
    )
    assert (found['protocol'], found['images'], found['seeds']) == (protocol, 44, 2)
    assert [row['method'] for row in found['rows']] == ['none', 'bn_adapt', 'eata', 'sar', 'tent']
    assert all(0 <= row['online']['mean'] <= 1 for row in found['rows'])
    assert len(found['segments']) == {'one': 1, 'gradual': 11}.get(protocol, 4)
    assert found['segments'][0]['name'] == ('severity 0' if protocol == 'gradual' else 'severity 0.7')


def test_a_table_is_printed_and_written(run: Run, night: tuple[str, ...], tmp_path: Path) -> None:
    status, out, err = run(
        *(
            'online',
            *night,
            '--methods',
            'none',
            'tent:lr=0.01',
            '--protocol',
            'continual',
            '--severities',
            '0',
            '1',
        ),
        *('--images', '16', '--seeds', '1', '--out', str(tmp_path / 'out')),
    )
    assert status == 0, err
    assert '| tent:lr=0.01 |' in out
    assert 'severity 0 ' in out
    assert (tmp_path / 'out' / 'online.md').read_text() == out
    assert json.loads((tmp_path / 'out' / 'online.json').read_text())['rows'][1]['method'] == 'tent:lr=0.01'


def test_domains_of_ones_own_pass_in_their_order(run: Run, photos: Path) -> None:
    asked = (str(photos.parent / 'b.ckpt'), '--data', str(photos), '--targets', 'dusk', 'night')
    found = figures(run, *asked, '--protocol', 'gradual', '--source', 'day', '--batch-size', '4')
    assert [each['name'] for each in found['segments']] == ['photos/dusk', 'photos/night']
    assert found['images'] == 18  # the test splits
    status, out, err = run('online', *asked, '--protocol', 'continual')
    assert status == 0
    assert 'dann: eata is left out: it needs unlabelled images of the source; name it with --source' in err
    assert '| eata' not in out
    few = figures(run, *asked, '--protocol', 'mixed', '--images', '8', '--methods', 'none')
    assert few['images'] == 8


def test_the_target_of_a_benchmark_passes(run: Run, photos: Path, tmp_path: Path) -> None:
    data = {
        side: {'class_path': 'Folder', 'init_args': {'root': str(photos), 'domain': domain, 'size': 8}}
        for side, domain in (('source', 'day'), ('target', 'night'))
    }
    path = write(tmp_path, data=data)
    found = figures(run, str(photos.parent / 'b.ckpt'), '--data', path, '--methods', 'none', 'eata')
    assert [each['name'] for each in found['segments']] == ['photos/night']


def test_a_method_of_ones_own_is_named_by_its_path(
    run: Run, night: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'my_online.py').write_text(
        'from dann import OnlineMethod\n\n\nclass Mine(OnlineMethod):\n    name = "mine"\n\n'
        '    def step(self, images):\n        return self.network(images)\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = figures(run, *night, '--methods', 'none', 'my_online.Mine', '--images', '16')
    assert found['rows'][1]['gain']['mean'] == 0


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (('--methods', 'tennt'), ("did you mean 'tent'",)),
        (('--seeds', '0'), ('`--seeds` from 1 to 1,000, got 0',)),
        (('--batch-size', '2'), ('`batch_size` of at least 3',)),
        (('--targets', 'night'), ('`--targets` is for ROOT', 'leave --targets out')),
        (('--protocol', 'gradual', '--images', '5'), ('at least 22 images, got 5',)),
        (('--images', '0'), ('`--images` of at least 2, got 0',)),
        (('--data', 'sim-to-real-scratch'), ('has the classes', 'name data of the same classes')),
        (('--data', 'nowhere'), ('unknown benchmark',)),
    ],
)
def test_mistakes_are_explained(
    arguments: tuple[str, ...], words: tuple[str, ...], run: Run, night: tuple[str, ...]
) -> None:
    given = [each for each in night if '--data' not in arguments or each == night[0]]
    assert_refused(run('online', *given, *arguments), *words)


def test_mistakes_about_ones_own_data_are_explained(run: Run, photos: Path) -> None:
    asked = ('online', str(photos.parent / 'b.ckpt'), '--data', str(photos))
    assert_refused(run(*asked), 'has the domains day, dusk, night', '--targets')
    assert_refused(
        run(*asked, '--source', 'day', '--targets', 'night', '--severities', '1'),
        '`--severities` is for the night',
    )
    blind = (*asked, '--targets', 'night', '--methods', 'eata')
    assert_refused(run(*blind), 'eata needs unlabelled images of the source', 'name the source')
    assert_refused(run(*asked, '--source', 'day', '--targets', 'nigt'), 'nigt')


def test_a_network_without_batch_norm_is_refused(run: Run, tmp_path: Path) -> None:
    data = pair(Street('day', **SMALL), Street('night', **SMALL))
    place = saved(tmp_path / 'a.ckpt', data, classes=8, size=16, normed=False)
    assert_refused(
        run('online', str(place), '--images', '16', '--methods', 'tent'),
        'tent adapts batch norm',
        'leave tent out',
    )


def test_data_of_another_kind_are_refused(run: Run, photos: Path, tmp_path: Path) -> None:
    np.savez(
        tmp_path / 'features.npz',
        x=np.zeros((4, 3), np.float32),
        y=np.zeros(4, int),
        domain=['a', 'a', 'b', 'b'],
    )
    assert_refused(
        run(
            'online',
            str(photos.parent / 'b.ckpt'),
            '--data',
            str(tmp_path / 'features.npz'),
            '--targets',
            'b',
            '--methods',
            'none',
        ),
        'the model takes images, and',
        'holds none; name data of what it was trained on',
    )


def test_the_night_and_the_source_are_those_of_the_pair(
    run: Run, streets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Street] = []
    monkeypatch.setattr(Street, 'images', spied(Street.images, seen))
    data = {
        side: {'class_path': 'Street', 'init_args': {'domain': domain, 'linked': 1.0, 'seed': 3} | SMALL}
        for side, domain in (('source', 'day'), ('target', 'night'))
    }
    figures(run, str(streets), '--data', write(tmp_path, data=data), '--images', '8', '--methods', 'eata')
    assert {each.domain for each in seen} == {'day', 'night'}
    assert all(each.linked == 1 and each.seed > 1000 for each in seen)


def spied(images: Any, seen: list[Street]) -> Any:
    def spy(self: Street, split: str) -> Any:
        seen.append(self)
        return images(self, split)

    return spy
