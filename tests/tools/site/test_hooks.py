"""The site is built, and a dead link, an anchor that is none, or a page outside the menu ends the build."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('mkdocs')
pytest.importorskip('material')
pytest.importorskip('mkdocstrings_handlers.python')

ROOT = Path(__file__).parents[3]


def built(*options: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Build a site as `make site` does."""
    return subprocess.run(
        [sys.executable, '-m', 'mkdocs', 'build', '--strict', *options],
        cwd=folder,
        env=os.environ | {'NO_MKDOCS_2_WARNING': '1'},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = built('--site-dir', str(tmp_path / 'site'))
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {
        path.relative_to(tmp_path / 'site').as_posix(): path.read_text() for path in tmp_path.rglob('*.html')
    }
    moments = pages['reference/methods-moments.html']
    assert 'id="dann.methods.alignment.afn.AFN"' in moments
    assert moments.count('<math') >= 5
    assert 'notebooks/own-loss.html' in pages['index.html']
    for name, text in pages.items():  # nothing is fetched to show a page
        fetched = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)"', text)
        assert not fetched, name
        assert '$`' not in text, name
        assert ':math:' not in text, name


@pytest.mark.parametrize(
    ('page', 'said'),
    [
        ('[a](nowhere.md)', 'nowhere.md'),
        ('[a](index.md#nowhere)', "no such anchor|does not contain an anchor '#nowhere'"),
        ('[a](/absolute.md)', 'absolute'),
    ],
)
def test_a_dead_link_ends_the_build(tmp_path: Path, page: str, said: str) -> None:
    (tmp_path / 'docs').mkdir()
    (tmp_path / 'docs' / 'index.md').write_text(f'# A\n\n{page}\n')
    rules = re.search(r'^validation:\n(?: .*\n)+', (ROOT / 'mkdocs.yml').read_text(), re.MULTILINE)
    assert rules
    (tmp_path / 'mkdocs.yml').write_text('site_name: a\n' + rules[0])
    done = built(folder=tmp_path)
    assert done.returncode == 1
    assert re.search(said, done.stderr)
