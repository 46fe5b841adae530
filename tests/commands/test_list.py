"""``dann list`` shows what there is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml
from harness import assert_refused

Run = Callable[..., tuple[int, str, str]]


def test_lists(run: Run) -> None:
    status, out, _ = run('list', 'methods')
    assert status == 0
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert 'adversarial' in rows['DANN']
    assert 'https://arxiv.org/abs/1505.07818' in rows['DANN']
    listed = json.loads(run('list', 'methods', '--json')[1])
    assert {'name', 'where', 'family', 'paper'} == listed[0].keys()
    assert out.splitlines()[-1].startswith(f'{len(listed) - 1} methods of ')  # without Together
    assert {each['name'] for each in listed} <= rows.keys()
    for kind, name in (('datasets', 'Street'), ('validators', 'InfoMax'), ('backbones', 'LeNet')):
        assert name in run('list', kind)[1]
    assert 'day-to-night' in run('list', 'benchmarks')[1]
    shown = yaml.safe_load(run('list', 'benchmarks', '--show', 'sim-to-real')[1])
    assert shown['methods']['dann'] == {'alignment': 'DANN'}


def test_a_terminal_holds_every_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run('list', 'methods')[1]
    monkeypatch.setattr('sys.stdout.isatty', lambda: True)
    monkeypatch.setenv('COLUMNS', '80')
    for kind in (
        'methods',
        'datasets',
        'validators',
        'backbones',
        'fairness',
        'online',
        'pretraining',
        'benchmarks',
    ):
        lines = run('list', kind)[1].splitlines()
        assert max(len(line) for line in lines if 'http' not in line) <= 80
    assert max(map(len, whole.splitlines())) > 100
    shown = run('list', 'methods')[1]
    assert shown.split() == whole.split()


def test_one_method_is_shown(run: Run) -> None:
    assert (
        'dann fit --config sim-to-real --model.alignment DANN' in run('list', 'methods', '--show', 'DANN')[1]
    )


def test_a_kind_or_name_that_does_not_exist(run: Run) -> None:
    assert_refused(run('list', 'method'), "unknown kind 'method'", "did you mean 'methods'?")
    assert_refused(run('list', 'benchmarks', '--show', 'sim-to-rael'), "did you mean 'sim-to-real'?")
