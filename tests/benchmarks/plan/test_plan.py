"""A key of a benchmark's file is stated once: as a field of the plan, from which all else follows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import configuration

import dann
from dann.benchmarks.plan import plan
from dann.benchmarks.plan.grid import benchmark, digest
from dann.benchmarks.plan.plan import Budget, listed
from dann.core.errors import UserError

BUDGET: dict[str, Any] = {
    'trials': 3,
    'seeds': 1,
    'steps': 20,
    'select': 'val/infomax',
    'sampler': 'random',
    'seed': 0,
}
ADDED = '    warmup: PositiveInt = 1\n'
SHOW = """
import sys
from types import SimpleNamespace
import yaml
from dann.benchmarks.plan.fingerprint import fingerprint
from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.plan.plan import listed
from dann.benchmarks.plan.suite import configurations
from dann.core.errors import UserError

config = yaml.safe_load(sys.stdin)
side = SimpleNamespace(manifest=dict, metric='accuracy', classes=('a', 'b'))
pair = SimpleNamespace(source=side, target=side, reference=False, batch_size=8, unseen=())

def said(**changes):
    try:
        benchmark('toy', config | changes)
    except UserError as error:
        return str(error)

def shown(grid):
    return {
        'protocol': grid.protocol.get('warmup'),
        'description': grid.description.get('warmup'),
        'report': listed(grid.description).get('warmup'),
        'fingerprint': fingerprint(grid, pair).get('warmup'),
    }

changed = benchmark('toy', config | {'warmup': 7})
suite = configurations('suite', {'benchmarks': ['sim-to-real'], 'warmup': 7})
print(yaml.safe_dump({
    'misspelt': said(warmupp=3),
    'wrong': said(warmup=0),
    'changed': shown(changed),
    'default': shown(benchmark('toy', config)),
    'overridden': benchmark('toy', config, warmup=5).warmup,
    'suite': benchmark('sim-to-real', suite['sim-to-real']).warmup,
    'apart': changed.jobs()[0].protocol != benchmark('toy', config).jobs()[0].protocol,
    'alike': benchmark('toy', config | {'warmup': 1}).protocol == benchmark('toy', config).protocol,
}))
"""


def test_a_field_added_to_the_plan_is_a_key_everywhere_with_no_other_edit(tmp_path: Path) -> None:
    package = Path(dann.__file__).parent
    shutil.copytree(package, tmp_path / 'dann', ignore=shutil.ignore_patterns('__pycache__'))
    path = tmp_path / 'dann' / 'benchmarks' / 'plan' / 'plan.py'
    head, first, rest = path.read_text().partition('    name: str = field(')
    path.write_text(head + ADDED + first + rest)
    done = subprocess.run(
        [sys.executable, '-c', SHOW],
        cwd=tmp_path,
        env=os.environ | {'PYTHONPATH': str(tmp_path)},
        input=yaml.safe_dump(configuration()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = yaml.safe_load(done.stdout)
    assert found['misspelt'] == "unknown key 'warmupp'; did you mean 'warmup'?"
    assert found['wrong'] == 'expected `warmup` to be a whole number above 0, got 0'
    assert found['changed'] == {'protocol': 7, 'description': 7, 'report': 7, 'fingerprint': '7'}
    # as folders written before the key existed, which have nothing of it, so that both compare equal
    assert found['default'] == {
        'protocol': None,
        'description': None,
        'report': None,
        'fingerprint': 'default',
    }
    assert (found['overridden'], found['suite'], found['apart'], found['alike']) == (5, 7, True, True)


@pytest.mark.parametrize(
    ('changes', 'protocol', 'job'),
    [
        ({}, 'a5f62637a2bc', 'source_only-seed0-3a9704d67410'),
        (
            {
                'trainer': {'gradient_clip_val': 1.0},
                'search': BUDGET,
                'seeds': [3, 4],
                'published': {'fda': 50},
            },
            'b139f4a5e23c',
            'source_only-seed3-d154e44d7b8b',
        ),
    ],
)
def test_protocol_and_jobs_are_those_of_folders_of_version_0_1_0(
    changes: dict[str, Any], protocol: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, 'release', lambda: '0.1.0')
    grid = benchmark('toy', configuration(**changes))
    assert digest(grid.protocol) == protocol
    assert grid.jobs()[0].name == job


def test_the_description_has_the_keys_in_their_order_and_the_protocol() -> None:
    keys = [
        'name',
        'title',
        'select',
        'steps',
        'seeds',
        'methods',
        'model',
        'data',
        'trainer',
        'published',
        'epochs',
    ]
    plain = benchmark('toy', configuration())
    assert list(plain.description) == [*keys, 'protocol']
    assert plain.description['seeds'] == [0, 1]
    assert plain.description['epochs'] == 4
    assert benchmark('toy', configuration(evaluations=10**30)).epochs == 20  # every step, and no more
    searched = benchmark('toy', configuration(search=BUDGET))
    assert list(searched.description) == [*keys, 'search', 'protocol']
    assert searched.description['search'] == searched.protocol['search'] == BUDGET
    assert [*listed(searched.description)] == [
        *('select', 'steps', 'seeds', 'model', 'data', 'trainer', 'epochs', 'search', 'protocol')
    ]


def test_what_a_file_leaves_out_has_its_default() -> None:
    config = {key: value for key, value in configuration().items() if key in ('model', 'data', 'methods')}
    grid = benchmark('toy', config)
    assert (grid.name, grid.title, grid.select) == ('toy', 'toy', 'val/infomax')
    assert (grid.seeds, grid.steps, grid.evaluations) == ((0, 1, 2), 500, 5)
    assert (grid.trainer, grid.published, grid.search) == ({}, {}, {})
    empty = benchmark('toy', config | {'trainer': None, 'published': None, 'search': None})
    assert empty == grid


def test_a_budget_is_whole_or_refused() -> None:
    assert benchmark('toy', configuration(search=BUDGET)).search == asdict(Budget(**BUDGET))
    for key in BUDGET:
        rest = {name: value for name, value in BUDGET.items() if name != key}
        with pytest.raises(
            UserError, match=rf'`search: {key}` to be .*, got None; copy what `dann search` wrote'
        ):
            benchmark('toy', configuration(search=rest))
    with pytest.raises(UserError, match='expected `search` to be a mapping, got 3'):
        benchmark('toy', configuration(search=3))
