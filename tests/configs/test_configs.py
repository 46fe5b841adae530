"""Configuration files are read by one loader, which refuses what YAML does not allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import configuration

from dann import configs
from dann.audit.rows import rows
from dann.benchmarks.plan import recipes
from dann.cli import main
from dann.core.errors import UserError

TWICE = 'title: one\nmethods:\n  dann: {alignment: DANN}\n  mmd: {alignment: MMD}\n  dann: {}\n'
SAID = r'has the key `dann` twice, on lines 3 and 5; keep one of them'


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('a: 1\nb: 2\na: 3\n', 'key `a` twice, on lines 1 and 3'),
        ('a: 1\n"a": 1\n', 'key `a` twice, on lines 1 and 2'),
        ('a: {b: 1, c: [1, {d: 1,\n  d: 2}]}\n', 'key `d` twice, on lines 1 and 2'),
        ('a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n  b: 3\n', 'key `b` twice, on lines 4 and 5'),
    ],
)
def test_a_key_given_twice_is_refused_with_its_lines(text: str, words: str) -> None:
    with pytest.raises(UserError, match=rf'^x\.yaml has the {words}; keep one of them$'):
        configs.parsed('x.yaml', text)


@pytest.mark.parametrize(
    'text', ['a: {b: 1}\nc: {b: 1}\n', 'a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n', 'a: [{b: 1}, {b: 2}]\n']
)
def test_one_key_in_several_mappings_is_none_given_twice(text: str) -> None:
    assert configs.parsed('x', text) == yaml.safe_load(text)


@pytest.mark.parametrize('command', ['benchmark', 'search', 'gap', 'audit', 'fit --config'])
def test_every_command_that_reads_a_file_refuses_it(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / 'twice.yaml'
    path.write_text(TWICE)
    assert main([*command.split(), str(path)]) == 2
    assert capsys.readouterr().err == f'dann: {path} {SAID}\n'


def test_a_benchmark_of_a_suite_is_read_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'twice.yaml').write_text(TWICE)
    (tmp_path / 'suite.yaml').write_text(yaml.safe_dump({'benchmarks': [str(tmp_path / 'twice.yaml')]}))
    assert main(['benchmark', str(tmp_path / 'suite.yaml')]) == 2
    assert SAID in capsys.readouterr().err
    with pytest.raises(UserError, match=SAID):
        rows(str(tmp_path / 'suite.yaml'))


def test_a_recipe_is_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'recipes').mkdir()
    (tmp_path / 'recipes' / 'paper.yaml').write_text('title: A\nrows: {}\ntitle: B\n')
    monkeypatch.setattr(configs, 'files', lambda package: tmp_path)
    with pytest.raises(UserError, match=r'paper has the key `title` twice, on lines 1 and 3'):
        recipes.recipe('paper')


def test_the_names_are_those_of_the_files() -> None:
    assert {'day-to-night', 'sim-to-real', 'catalogue', 'own-data'} <= {*configs.names()}
    assert 'dann-jmlr2016' in configs.names('recipes')
    assert not {*configs.names()} & {*configs.names('recipes')}


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('sim-to-rael', "unknown benchmark 'sim-to-rael'; did you mean 'sim-to-real'?"),
        ('missing.yaml', r'cannot read missing\.yaml \(No such file or directory\); check the path'),
    ],
)
def test_what_is_not_there_is_named(name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        configs.load(name)


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('methods: [', r'x is not YAML \(.*line 1.*\); correct it there'),
        ('just words', 'x holds no mapping; write keys'),
        ('', 'x holds no mapping; write keys'),
    ],
)
def test_a_text_that_is_no_mapping_in_yaml(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        configs.parsed('x', text)


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    config: dict[str, Any] = configuration()
    (tmp_path / 'toy.yaml').write_text(yaml.safe_dump(config))
    assert configs.load(str(tmp_path / 'toy.yaml')) == config
