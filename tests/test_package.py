"""What is released: the wheel and the source distribution, and the places that name the version."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from dann.core.version import release

ROOT = Path(__file__).parent.parent
LEFT = shutil.ignore_patterns(
    '.git', '.venv*', '.*_cache', '__pycache__', '*.egg-info', 'build', 'dist', 'runs'
)


@pytest.fixture(scope='module')
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Names in the source distribution, without its folder, and in the wheel that is built from it.

    They are built from a copy without a history: MANIFEST.in says all that belongs in them.
    """
    folder = tmp_path_factory.mktemp('dist')
    shutil.copytree(ROOT, folder / 'copy', symlinks=True, ignore=LEFT)
    command = [sys.executable, '-m', 'build', '--no-isolation', '--outdir', str(folder), str(folder / 'copy')]
    subprocess.run(command, check=True, capture_output=True)
    with tarfile.open(next(folder.glob('dann-*.tar.gz'))) as sdist:
        source = {name.partition('/')[2] for name in sdist.getnames()}
    with zipfile.ZipFile(next(folder.glob('dann-*.whl'))) as wheel:
        return source, set(wheel.namelist())


@pytest.mark.slow
def test_the_wheel_holds_the_package_alone(built: tuple[set[str], set[str]]) -> None:
    _, wheel = built
    assert {name.split('/')[0].split('-')[0] for name in wheel} == {'dann'}
    assert not [name for name in wheel if 'documents' in name]


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_package(built: tuple[set[str], set[str]]) -> None:
    _, wheel = built
    files = (path for path in (ROOT / 'dann').rglob('*') if path.is_file() and path.suffix != '.pyc')
    assert {path.relative_to(ROOT).as_posix() for path in files} <= wheel


@pytest.mark.slow
def test_the_source_distribution_holds_what_a_checkout_holds(built: tuple[set[str], set[str]]) -> None:
    source, _ = built
    folders = {name.split('/')[0] for name in source}
    assert {'dann', 'tests', 'tools', 'docs', '.github', '.ci'} <= folders
    assert folders.isdisjoint({'benchmarks', 'configs', 'datasets', 'methods', '.git', 'runs', '.venv'})
    files = [
        path.name for path in ROOT.iterdir() if path.is_file() and path.name not in ('.git', '.coverage')
    ]
    assert set(files) <= source
    for folder in ('tests', 'tools', 'docs', '.github'):
        paths = (path for path in (ROOT / folder).rglob('*') if path.is_file() and path.suffix != '.pyc')
        assert {path.relative_to(ROOT).as_posix() for path in paths} <= source


def test_citation_changelog_and_a_clone_without_tags_name_one_release() -> None:
    released = re.findall(
        r'^## \[(\d[^\]]*)\] - (\d{4}-\d\d-\d\d)$', (ROOT / 'CHANGELOG.md').read_text(), re.M
    )
    citation = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    options = tomllib.loads((ROOT / 'pyproject.toml').read_text())['tool']['setuptools_scm']
    assert (citation['version'], citation['date-released']) == released[0]
    assert citation['version'] == release(options['fallback_version'])


def test_setup_cfg_names_no_version_beside_the_tag() -> None:
    metadata = ConfigParser()
    metadata.read(ROOT / 'setup.cfg')
    assert 'version' not in metadata['metadata']


def test_every_extra_and_tool_is_pinned_in_constraints() -> None:
    setup = ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    extras = setup['options.extras_require']
    wanted = '\n'.join([setup['options']['install_requires'], extras['test'], extras['site'], extras['dev']])
    pins = {
        re.split('==', line)[0].lower().replace('_', '-')
        for line in (ROOT / 'constraints.txt').read_text().splitlines()
    }
    names = {re.split(r'[\[ ><=#]', line)[0].lower().replace('_', '-') for line in wanted.splitlines()} - {
        '',
        'dann',
    }
    assert names <= pins
