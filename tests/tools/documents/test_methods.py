"""The page of methods."""

from __future__ import annotations

from dann.engine.catalogue import methods
from tools.documents.methods import methods_page


def test_every_method_has_a_section_with_equation_failure_and_row() -> None:
    page = methods_page()
    sections = {part.partition('\n')[0]: part for part in page.split('\n## ')[1:]}
    assert set(sections) == {method.name for method in methods()}
    for method in methods():
        assert f'{method.key}: {{' in sections[method.name] or method.name == 'Together'
        assert f'](#{method.name.lower()})' in page
        assert '::' not in sections[method.name], method.name
    mcc = sections['MCC']
    assert r'K = P^\top W P' in mcc
    assert r'\begin{aligned}' not in mcc
    assert '| `temperature` | `2.5` ' in mcc
    assert '| 1 to 5 ' in mcc
    assert (
        '[Minimum Class Confusion for Versatile Domain Adaptation](https://arxiv.org/abs/1912.03699)' in mcc
    )
    assert '**Fails when:** The batch is small' in mcc
