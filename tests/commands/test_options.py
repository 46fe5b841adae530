"""What several commands have in common."""

from __future__ import annotations

import os
from argparse import Namespace

import pytest

from dann.commands.options import cores, named_configuration, typed, workers
from dann.core.errors import UserError


def asked(name: str, **options: str | int | None) -> Namespace:
    return Namespace(name=name, **{'source': None, 'target': None, 'size': None, **options})


def test_workers_are_those_asked_for_or_one_a_core() -> None:
    assert workers(Namespace(workers=3)) == 3
    assert workers(Namespace(workers=None)) == cores() == len(os.sched_getaffinity(0))
    with pytest.raises(UserError, match='expected `--workers` above 0, got 0'):
        workers(Namespace(workers=0))


@pytest.mark.parametrize(
    ('program', 'said'), [('/usr/bin/dann', 'dann'), ('/x/dann/__main__.py', 'dann'), ('pytest', 'pytest')]
)
def test_the_command_is_that_which_was_typed(
    program: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('sys.argv', [program, 'benchmark', 'my set'])
    assert typed() == f"{said} benchmark 'my set'"


def test_a_built_in_benchmark_is_named_and_takes_no_domains() -> None:
    name, config = named_configuration(asked('sim-to-real'))
    assert name == 'sim-to-real'
    assert 'methods' in config
    with pytest.raises(
        UserError,
        match=r'`--target` is for a folder, .csv, .npz or .npy of your own; sim-to-real says itself',
    ):
        named_configuration(asked('sim-to-real', target='night'))


def test_the_size_of_a_built_in_benchmark_is_that_of_its_backbone() -> None:
    _, config = named_configuration(asked('day-to-night', size=64))
    assert config['model']['init_args']['backbone']['init_args'] == {'image_size': 64}


def test_a_gap_has_no_size() -> None:
    with pytest.raises(UserError, match='gap of day-to-night does not depend on the size'):
        named_configuration(asked('day-to-night', size=64), 'gap')


@pytest.mark.parametrize('size', [0, -1, 8193, 10**9])
def test_a_size_that_no_image_has_is_refused(size: int) -> None:
    with pytest.raises(UserError, match=rf'expected `--size` from 1 to 8,192 pixels, got {size}$'):
        named_configuration(asked('sim-to-real', size=size))


def test_groups_of_a_built_in_pair_are_those_of_its_data_sets() -> None:
    _, config = named_configuration(asked('day-to-night', groups='paint'))
    for side in ('source', 'target'):
        assert config['data'][side]['init_args']['groups'] == 'paint'
    with pytest.raises(
        UserError, match='RenderedDigits, the source of sim-to-real, has no groups; leave --groups out'
    ):
        named_configuration(asked('sim-to-real', groups='paint'))
