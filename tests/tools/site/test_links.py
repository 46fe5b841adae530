"""Links of the repository as links of the site."""

from __future__ import annotations

import pytest

from tools.site.links import turned


@pytest.mark.parametrize(
    ('page', 'source', 'link', 'expected'),
    [
        ('index.md', 'README.md', 'docs/deploy.md#the-file', 'deploy.md#the-file'),
        ('index.md', 'README.md', 'notebooks/own-loss.ipynb', 'notebooks/own-loss.md'),
        ('index.md', 'README.md', 'docs/figures/day-to-night.png', 'figures/day-to-night.png'),
        ('contributing.md', 'CONTRIBUTING.md', 'README.md#layout', 'index.md#layout'),
        ('design.md', 'docs/design.md', '../CONTRIBUTING.md#a-page', 'contributing.md#a-page'),
        ('tutorials/a.md', 'docs/tutorials/a.md', '../../CONTRIBUTING.md', '../contributing.md'),
        ('tutorials/a.md', 'docs/tutorials/a.md', '../how-to/trust.md', '../how-to/trust.md'),
        ('a.md', 'docs/a.md', 'https://arxiv.org/abs/1', 'https://arxiv.org/abs/1'),
        ('a.md', 'docs/a.md', '#below', '#below'),
    ],
)
def test_a_link_leads_to_the_same_text(page: str, source: str, link: str, expected: str) -> None:
    assert turned(f'[a]({link}) b', page, source) == f'[a]({expected}) b'
