"""``dann list`` shows what there is."""

from __future__ import annotations

import json
from collections.abc import Callable

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


def test_a_kind_or_name_that_does_not_exist(run: Run) -> None:
    assert_refused(run('list', 'method'), "unknown kind 'method'", "did you mean 'methods'?")
    assert_refused(run('list', 'benchmarks', '--show', 'sim-to-rael'), "did you mean 'sim-to-real'?")
