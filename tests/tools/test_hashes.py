"""Checksums of what is installed, from an index of our own."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dann.core.errors import UserError
from tools.hashes import EXTRAS, HASHES, HEADER, PINS, Places, fetched, fits, hashes, places, requirements
from tools.minimum import ROOT, normal, pinned

ENTRY = re.compile(r'^(?P<name>[\w.-]+)(\[(?P<extra>\w+)\])?==(?P<version>[^\s;+]+)', re.MULTILINE)
INDEX = 'https://index.test/simple'
PAGES = {
    f'{INDEX}/numpy/': {
        'numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl': 'a',
        'numpy-2.4.6-cp313-cp313-win_amd64.whl': 'b',
        'numpy-2.4.6-cp314-cp314-win_amd64.whl': 'c',
        'numpy-2.4.5-cp313-cp313-win_amd64.whl': 'd',
        'numpy-2.4.6.tar.gz': 'e',
    },
    f'{INDEX}/torch/': {
        'torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl': 'f',
        'torch-2.13.0-cp311-cp311-macosx_14_0_arm64.whl': 'a',
    },
    'https://more.test/torch/': {'torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl': 'b'},
    'https://other.test/torch/': {'torch-2.13.0-cp311-cp311-macosx_14_0_arm64.whl': 'e'},
}


def fetch(address: str) -> tuple[str, bytes] | None:
    if address not in PAGES:
        return None
    files = [{'filename': name, 'hashes': {'sha256': digest}} for name, digest in PAGES[address].items()]
    return 'application/vnd.pypi.simple.v1+json', json.dumps({'files': files}).encode()


def test_every_wheel_of_a_supported_python_has_its_checksum() -> None:
    text = requirements({'numpy': '2.4.6'}, Places(INDEX), fetch)
    assert text == f'{HEADER}numpy==2.4.6 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\n'


def test_where_linux_has_a_build_of_its_own_it_takes_that_one() -> None:
    text = requirements({'torch': '2.13.0'}, Places(INDEX, ('https://more.test',)), fetch)
    assert text.removeprefix(HEADER) == (
        "torch==2.13.0+cpu ; sys_platform == 'linux' \\\n    --hash=sha256:b\n"
        "torch==2.13.0 ; sys_platform != 'linux' \\\n    --hash=sha256:a\n"
    )


def test_another_file_under_a_name_of_the_index_is_refused() -> None:
    with pytest.raises(UserError, match=r'torch-2.13.0-.* is not the file of the package index; take that'):
        hashes('torch', '2.13.0', Places(INDEX, ('https://other.test',)), fetch)


def test_a_version_without_a_wheel_is_named() -> None:
    with pytest.raises(UserError, match=r'no wheel of numpy==2\.4\.7; pin another version'):
        hashes('numpy', '2.4.7', Places(INDEX), fetch)


def test_a_page_of_html_and_a_folder_are_read_too(tmp_path: Path) -> None:
    (tmp_path / 'six').mkdir()
    link = '<a href="../../six-1.0%2Blocal-py3-none-any.whl#sha256=abc">six</a><a href="x">no checksum</a>'
    (tmp_path / 'six' / 'index.html').write_text(link)
    wheels = tmp_path / 'wheels'
    wheels.mkdir()
    for name in ('six-1.0-py3-none-any.whl', 'seven-1.0-py3-none-any.whl'):
        (wheels / name).write_bytes(b'wheel')
    found = hashes('six', '1.0', Places(tmp_path.as_uri(), folders=(wheels,)), fetched)
    assert found == {
        'six-1.0+local-py3-none-any.whl': 'abc',
        'six-1.0-py3-none-any.whl': hashlib.sha256(b'wheel').hexdigest(),
    }


@pytest.mark.parametrize(
    ('filename', 'fitting'),
    [
        ('a-1.0-py3-none-any.whl', True),
        ('a-1.0-py2.py3-none-any.whl', True),
        ('a-1.0-cp38-abi3-macosx_11_0_arm64.whl', True),
        ('a-1.0-cp314-abi3-macosx_11_0_arm64.whl', False),
        ('a-1.0-cp312-cp312-manylinux_2_28_aarch64.whl', True),
        ('a-1.0-cp312-cp312-musllinux_1_2_x86_64.whl', False),
        ('a-1.0-cp313-cp313t-win_amd64.whl', False),
        ('a-1.0-cp313-cp313-win32.whl', False),
        ('a-1.1-py3-none-any.whl', False),
        ('a-1.0.tar.gz', False),
        ('not a wheel.whl', False),
    ],
)
def test_files_of_other_systems_pythons_and_versions_are_left_out(filename: str, *, fitting: bool) -> None:
    assert fits(filename, '1.0') is fitting


def test_the_places_are_those_of_pips_configuration() -> None:
    listing = "global.extra-index-url='https://a.test https://b.test'\nglobal.find-links='/x'\n"
    assert places(listing) == Places(more=('https://a.test', 'https://b.test'), folders=(Path('/x'),))
    both = f"global.index-url='https://old.test'\n:env:.index-url='{INDEX}'\n"
    assert places(both) == Places(INDEX)


def test_the_checksums_are_of_the_pinned_versions() -> None:
    text = (ROOT / HASHES).read_text()
    found = {normal(each['name']): each['version'] for each in ENTRY.finditer(text)}
    assert found == pinned((ROOT / PINS).read_text()), 'run `make hashes`'
    assert all('--hash=sha256:' in entry for entry in re.split(r'\n(?=[a-z])', text.removeprefix(HEADER)))


def test_parts_that_pinned_packages_ask_for_are_named() -> None:
    known = pinned((ROOT / PINS).read_text())
    for name in known:
        try:
            asked = [Requirement(line) for line in requires(name) or ()]
        except PackageNotFoundError:
            continue
        for each in asked:
            if each.extras and normal(each.name) in known and 'extra' not in str(each.marker):
                assert each.extras == {EXTRAS.get(normal(each.name))}, f'{name} asks for {each}'
