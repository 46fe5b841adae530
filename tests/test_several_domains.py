"""Several sources and targets on the command line: one union, a table of targets, a ranking, what each is worth."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from harness import assert_refused, configuration
from own_features import write_npz

Run = Callable[..., tuple[int, str, str]]
SHORT = ('--steps', '2', '--seeds', '1', '--workers', '1')
DOMAINS = ('a', 'b', 'c', 'd')


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Four domains of three classes, each moved by one more."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    rng = np.random.default_rng(0)
    labels, domain = np.arange(160) % 3, np.repeat(DOMAINS, 40)
    x = 3 * np.eye(3, 5)[labels] + rng.normal(0, 0.5, (160, 5)) + np.arange(160)[:, None] // 40
    arrays = {'x': x.astype(np.float32), 'y': np.array(['bus', 'car', 'van'])[labels], 'domain': domain}
    return write_npz(tmp_path, arrays).name


def test_several_sources_are_one_union_of_all(run: Run, data: str) -> None:
    status, out, err = run(
        'benchmark', data, '--source', 'a', 'b', '--target', 'd', '--methods', 'source_only', 'dann', *SHORT
    )
    assert status == 0, err
    assert err.startswith(
        'batch size 28 instead of 64: feats/d has 28 training samples'
    )  # the union has more
    record = json.loads(Path('runs/feats-a-b-to-d/results.json').read_text())
    assert record['source'] == 'feats/a + feats/b'
    assert 'source_only' in out


def test_several_targets_come_one_by_one_and_in_a_common_table(run: Run, data: str) -> None:
    status, out, err = run(
        'benchmark', data, '--source', 'a', '--target', 'b', 'c', '--methods', 'source_only', 'dann', *SHORT
    )
    assert status == 0, err
    root = Path('runs/feats-a-to-2-targets')
    assert {path.name for path in root.iterdir() if path.is_dir()} >= {'feats-a-to-b', 'feats-a-to-c'}
    assert 'Across 2 benchmarks' in out
    assert 'feats/b' in (root / 'table.md').read_text()
    assert 'feats/c' in (root / 'table.md').read_text()


def test_several_targets_with_an_unseen_domain_and_another_protocol_have_a_folder_of_their_own(
    run: Run, data: str
) -> None:
    asked = ('benchmark', data, '--source', 'a', '--target', 'b', 'c', '--methods', 'source_only', *SHORT)
    status, _, err = run(*asked, '--unseen', 'd', 'd', '--protocol', 'transductive')
    assert status == 0, err
    [root] = Path('runs').iterdir()
    assert root.name == 'feats-a-to-2-targets-transductive-unseen-d'


def test_what_is_no_unseen_domain_of_some_target_is_refused_before_any_training(run: Run, data: str) -> None:
    asked = ('benchmark', data, '--source', 'a', '--target', 'b', 'c', *SHORT)
    for name in 'abc':
        assert_refused(run(*asked, '--unseen', name), f'got feats/{name}, which the pair has already')
    assert not Path('runs').exists()


def test_a_study_says_what_each_source_is_worth(run: Run, data: str) -> None:
    status, out, err = run(
        'benchmark',
        data,
        '--source',
        'a',
        'b',
        '--target',
        'd',
        '--leave-one-out',
        '--methods',
        'source_only',
        *SHORT,
    )
    assert status == 0, err
    root = Path('runs/feats-a-b-to-d-leave-one-out')
    assert 'what each source is worth' in out
    assert '| method ' in (root / 'sources.md').read_text()
    [row] = json.loads((root / 'sources.json').read_text())
    assert row['without'].keys() == {'a', 'b'}


def test_rows_with_labels_say_how_many_adaptation_is_worth(run: Run, data: str) -> None:
    status, out, err = run(
        'benchmark',
        data,
        '--source',
        'a',
        '--target',
        'd',
        '--labels',
        '1',
        'all',
        '--methods',
        'coral',
        *SHORT,
    )
    assert status == 0, err
    assert 'how many labels adaptation is worth' in out
    assert 'coral without labels reaches' in out
    assert json.loads(Path('runs/feats-a-to-d-labels/labels.json').read_text())[0]['accuracies'].keys() == {
        '0',
        '1',
        'all',
    }


def test_sources_are_ranked_before_training(run: Run, data: str) -> None:
    asked = (
        'gap',
        data,
        '--source',
        'a',
        'b',
        'c',
        '--target',
        'd',
        '--split',
        'train',
        '--permutations',
        '199',
    )
    status, out, err = run(*asked)
    assert status == 0, err
    assert out.index('feats/c') < out.index('feats/b') < out.index('feats/a')
    status, out, _ = run(*asked, '--json')
    assert json.loads(out)['order'] == ['feats/c', 'feats/b', 'feats/a']


def written(folder: Path, **changes: Any) -> str:
    path = folder / 'mine.yaml'
    path.write_text(yaml.safe_dump(configuration(**changes)))
    return str(path)


@pytest.mark.parametrize(
    ('changes', 'options', 'words'),
    [
        ({'methods': {'x': 'DANN'}}, ['--labels', '1'], ["method 'x' is 'DANN'"]),
        ({'methods': ['DANN']}, ['--labels', '1'], ['expected `methods` to be a mapping']),
        ({'data': 'photos'}, ['--leave-one-out'], ['expected `data` to be a mapping']),
        ({'data': {'source': ['a', 'b'], 'target': {}}}, ['--leave-one-out'], ['expected `data: source`']),
        ({'data': 'photos', 'methods': 'every'}, [], ['expected `data` to be a mapping']),
        ({'data': 'photos'}, ['--groups', 'folder'], ['expected `data` to be a mapping']),
        ({}, ['--labels', '9' * 5000], ['above 0 or `all`']),
    ],
)
def test_a_file_that_is_wrong_is_one_line_under_every_study(
    run: Run, tmp_path: Path, changes: dict[str, Any], options: list[str], words: list[str]
) -> None:
    assert_refused(run('benchmark', written(tmp_path, **changes), *options), *words)


def test_groups_are_those_of_every_source_of_a_list(run: Run) -> None:
    assert_refused(run('benchmark', 'many-sources', '--groups', 'folder'), 'RenderedDigits', 'has no groups')


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['benchmark', '--source', 'a', '--target', 'd', '--leave-one-out'], ['has one; name more']),
        (['benchmark', '--source', 'a', 'd', '--target', 'd'], ['with its label']),
        (['benchmark', '--source', 'a', 'x', '--target', 'd'], ["unknown domain of feats.npz 'x'"]),
        (
            ['benchmark', '--source', 'a', 'b', '--target', 'c', 'd', '--leave-one-out'],
            ['run one after the other'],
        ),
        (['benchmark', '--source', 'a', '--target', 'c', 'd', '--labels', '1'], ['run it by itself']),
        (['benchmark', '--source', 'a', '--target', 'd', '--labels', '0'], ['above 0 or `all`']),
        (['benchmark', '--source', 'a', '--target', 'd', '--labels', '900'], ['lower `shots`']),
        (['gap', '--source', 'a', '--target', 'c', 'd'], ['takes one target', 'name one of them']),
        (['search', '--source', 'a', '--target', 'c', 'd'], ['takes one target', 'name one of them']),
    ],
)
def test_what_cannot_be_run_is_one_line(run: Run, data: str, arguments: list[str], words: list[str]) -> None:
    assert_refused(run(arguments[0], data, *arguments[1:]), *words)
