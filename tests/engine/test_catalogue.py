"""The catalogue is what lies in the rooms: a file dropped in is listed, run and documented with no other edit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import harness
import pytest

import dann
from dann import Alignment
from dann.benchmarks.plan.grid import benchmark, expanded
from dann.benchmarks.report.report import BenchmarkReport
from dann.cli import main
from dann.configs import load
from dann.core.errors import CheckError
from dann.core.registry import registered
from dann.datasets.storage.public import PublicDomain
from dann.engine import catalogue
from dann.engine.catalogue import REGISTRY, Method, methods, rows

PACKAGE = Path(dann.__file__).parent
DROPPED = '''"""A method that nobody has heard of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.views import Losses, View


def mean_gap(source: Tensor, target: Tensor) -> Tensor:
    r"""Squared distance of the means.

    .. math:: g = \\\\lVert \\\\mu_s - \\\\mu_t \\\\rVert^2
    """
    return (source.mean(dim=0) - target.mean(dim=0)).square().sum()


class BrandNew(Alignment):
    """Means brought together.

    Fails when:
        The means agree and nothing else does.

    Reference:
        `A Paper <https://example.org/paper>`_.
    """

    family: ClassVar[str] = 'moments'
    rows: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        'brand_new_twice': {'alignment': {'class_path': 'BrandNew', 'init_args': {'weight': 2.0}}}
    }

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the term ``gap``."""
        return {'gap': strength * mean_gap(source.features, target.features)}
'''.replace('\\\\\\\\', '\\\\').replace('\\\\', '\\')
SHOW = """
from dann.cli import main
from tools.documents.__main__ import main as write_docs
for command in ('list methods', 'list benchmarks --show catalogue'):
    assert main(command.split()) == 0
assert write_docs(['--out', 'docs']) == 0
"""


@pytest.mark.slow
def test_a_file_dropped_in_is_listed_run_and_documented(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / 'dann', ignore=shutil.ignore_patterns('__pycache__'))
    shutil.copytree(PACKAGE.parent / 'tools', tmp_path / 'tools')
    (tmp_path / 'dann' / 'methods' / 'alignment' / 'brand_new.py').write_text(DROPPED)
    shown = subprocess.run(
        [sys.executable, '-c', SHOW],
        cwd=tmp_path,
        env=os.environ | {'PYTHONPATH': str(tmp_path), 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    listed = {line.split()[0]: line for line in shown.stdout.splitlines()}
    assert 'alignment' in listed['BrandNew']
    assert 'A Paper (https://example.org/paper)' in listed['BrandNew']
    assert '  brand_new:\n    alignment: BrandNew\n' in shown.stdout
    assert '  brand_new_twice:\n' in shown.stdout
    page = (tmp_path / 'docs' / 'methods.md').read_text()
    assert '## BrandNew' in page
    assert r'g = \lVert \mu_s - \mu_t \rVert^2' in page
    assert 'brand_new' in (tmp_path / 'docs' / 'benchmarks.md').read_text()


def test_every_class_is_a_row_but_the_one_that_only_adds_up_others() -> None:
    found = rows(many_sources=True)
    named = {str(part) for row in found.values() for part in row.values() if isinstance(part, str)}
    assert {each.name for each in methods()} - named == {'Together'}
    assert next(iter(found)) == 'source_only'
    assert list(found)[-1] == 'target_supervised'
    assert found['target_supervised'] == {'reference': True}
    assert found['mcc'] == {'alignment': 'MCC'}
    assert found['histogram_matching'] == {'style': 'HistogramMatching'}
    assert all(name == name.lower() for name in found)


@pytest.mark.parametrize(
    ('name', 'key'),
    [
        ('DANN', 'dann'),
        ('MeanTeacher', 'mean_teacher'),
        ('AdaBN', 'adabn'),
        ('CyCADA', 'cycada'),
        ('HoMM', 'homm'),
    ],
)
def test_keys_are_lower_case_with_words_apart(name: str, key: str) -> None:
    assert Method(name, 'alignment', Alignment).key == key


def test_a_training_class_replaces_the_model() -> None:
    assert Method('MCD', 'training', Alignment).row == {'class_path': 'MCD'}


def test_variants_are_rows_of_the_class_that_declares_them_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Parent(Alignment):
        rows = {'other': {'alignment': {'class_path': 'Parent', 'init_args': {'weight': 2.0}}}}  # noqa: RUF012

    class Child(Parent):
        pass

    assert list(Method('Parent', 'alignment', Parent).rows) == ['parent', 'other']
    assert list(Method('Child', 'alignment', Child).rows) == ['child']
    twins = [Method('Parent', 'alignment', Parent), Method('Other', 'style', Child)]
    monkeypatch.setattr(catalogue, 'methods', lambda: twins)
    with pytest.raises(CheckError, match=r"unique row names from Other, got \['other'\] twice; rename one"):
        rows()


def test_methods_every_means_those_rows() -> None:
    config: dict[str, Any] = load('sim-to-real') | {'methods': 'every'}
    assert expanded(config)['methods'] == rows()
    assert list(benchmark('x', config).methods) == list(rows())
    assert expanded(load('sim-to-real')) == load('sim-to-real')


@pytest.mark.slow
def test_a_row_with_few_labels_is_no_ceiling(tmp_path: Path) -> None:
    methods = {
        'source_only': {},
        'few': {'shots': 2},
        'target_supervised': {'reference': True},
    }
    path = harness.write(tmp_path, methods=methods, seeds=1)
    ran = harness.dann('benchmark', path, '--out', str(tmp_path / 'out'))
    assert ran.returncode == 0, ran.stderr
    report = BenchmarkReport.open(tmp_path / 'out')
    opened, table = report.results, report.table
    few = next(record for record in opened.records if record['method'] == 'few')
    assert (few['family'], few['uses_target_labels']) == ('few labels', True)
    assert table.ceiling is not None
    assert table.ceiling.method == 'target_supervised'


def test_the_facts_of_a_data_set_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['list', 'datasets', '--show', 'Office31']) == 0
    shown = dict(line.split(': ', 1) for line in capsys.readouterr().out.splitlines())
    assert shown['domains'] == 'amazon, dslr, webcam'
    assert shown['sizes'] == 'amazon 2817, dslr 498, webcam 795'
    assert shown['licence']
    assert shown['layout']
    assert main(['list', 'datasets', '--show', 'Office13']) == 2
    assert "did you mean 'Office31'" in capsys.readouterr().err


@pytest.mark.parametrize('name', sorted(registered(*REGISTRY['dataset'])))
def test_every_published_data_set_says_its_facts(name: str) -> None:
    kind = registered(*REGISTRY['dataset'])[name]
    if issubclass(kind, PublicDomain) and kind.__name__ not in ('Folder', 'Table', 'FeatureTable', 'Arrays'):
        for key in ('title', 'sizes', 'licence', 'homepage', 'layout'):
            assert getattr(kind, key), f'{name} has no {key}'
        assert kind.homepage.startswith('http')
        assert 'Reference:' in (kind.__doc__ or '')
