"""The page beside an exported model."""

from __future__ import annotations

from training import fit, make, module, pair

from dann.engine.card import card_of
from dann.engine.model_card import model_card


def test_a_card_says_what_the_model_is_and_is_not() -> None:
    model, data = module(make('CORAL')), pair()
    fit(model, data)
    card = card_of(model, data, rule='val/infomax', seed=3, step=10, scores=model.scores)
    page = model_card(card)
    assert page.startswith('# CORAL, toy/a to toy/b\n')
    for words in (
        'red, green, blue',
        'brought to 8 x 8 pixels (squashed to a square)',
        '- Target (unlabelled): toy/b',
        '- Chosen by: val/infomax',
        '- val/infomax: ',
        'One run; there is no interval.',
        '## Limits',
        'Of the pretrained weights: there are none.',
    ):
        assert words in page, words
    assert 'target labels' not in page
    assert 'It was trained on target labels.' in model_card(card | {'uses_target_labels': True})
    assert '- 90.0 ± 1.0' in model_card(card, ['- 90.0 ± 1.0'])


def test_a_crop_features_and_a_run_without_scores_are_said() -> None:
    card = card_of(module(), pair())
    cropped = {'size': [8, 8], 'fit': 'crop', 'crop': 6}
    assert 'the 6 pixels in the centre are used' in model_card(card | {'preprocessing': cropped})
    vectors = model_card(card | {'preprocessing': {}, 'features': ['age', 'height']})
    assert 'Float features: age, height.' in vectors
    assert 'Not known: the run kept no score.' in vectors


def test_a_name_on_a_card_is_text_on_its_line() -> None:
    model, data = module(make('CORAL')), pair()
    card = card_of(model, data) | {
        'classes': ['a\n# b', '<img src=x>', '![x](http://a.b)'],
        'benchmark': '\x1b[2J',
    }
    page = model_card(card)
    assert '\na\\n# b, \\<img src=x>, ![x]\\(http://a.b)\n' in page
    assert '- Benchmark: \\x1b[2J\n' in page
