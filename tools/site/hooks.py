"""Called by MkDocs: adds the pages that are made from other files, and turns the links between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.site.links import PAGES, turned
from tools.site.notebooks import as_markdown
from tools.site.reference import reference

ROOT = Path(__file__).parents[2]
COPIED = {page: source for source, page in PAGES.items()}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add what is made to the menu."""
    chapters = reference()
    notebooks = [f'notebooks/{path.stem}.md' for path in _notebooks()]
    config.extra['made'] = _texts(chapters)
    config.nav = [
        *(config.nav or []),
        {'Notebooks': notebooks},
        {'Reference': [{title: [*pages]} for title, pages in chapters.items()]},
        {'Project': [{'Contributing': 'contributing.md'}, {'Changelog': 'changelog.md'}]},
    ]
    return config


def _texts(chapters: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the Markdown of every page that does not lie in ``docs/``, by its address there."""
    made = {page: text for pages in chapters.values() for page, text in pages.items()}
    made |= {page: (ROOT / source).read_text(encoding='utf-8') for page, source in COPIED.items()}
    return made | {f'notebooks/{path.stem}.md': as_markdown(path) for path in _notebooks()}


def _notebooks() -> list[Path]:
    return sorted((ROOT / 'notebooks').glob('*.ipynb'))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    for page, text in config.extra['made'].items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Turn links between files of the repository into those between pages."""
    uri = page.file.src_uri
    return turned(markdown, uri, COPIED.get(uri, f'docs/{uri}'))
