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


def test_a_game_says_which_momentum_is_recommended_and_what_its_authors_use() -> None:
    sections = {part.partition('\n')[0]: part for part in methods_page().split('\n## ')[1:]}
    assert 'of at most 0.5 is recommended ([Unsupervised Representation Learning' in sections['DANN']
    assert 'Its authors train with SGD with momentum 0.9.' in sections['CDAN']
    assert 'Its authors train with Adam with `beta1` 0.5.' in sections['ADDA']
    assert '**Optimiser:**' in sections['WDGRL']
    assert 'Its authors train' not in sections['WDGRL']
    assert '**Optimiser:**' not in sections['CORAL'] + sections['BSP']
