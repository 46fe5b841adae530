"""Which options there are for a pair, and what each is called."""

from __future__ import annotations

from typing import Any

import pytest
from harness import configuration

from dann.advising.options import chosen, rows, takes_labels, words
from dann.core.errors import UserError


def config(**backbone: Any) -> dict[str, Any]:
    found = configuration()
    found['model']['init_args']['backbone']['init_args'] |= backbone
    return found


def test_families_are_those_that_fit_data_and_network() -> None:
    assert [*chosen(config(), None, images=True)] == ['mmd', 'dann', 'mcc', 'reinhard']
    assert [*chosen(config(), None, images=False)] == ['mmd', 'dann', 'mcc']
    assert 'adabn' in chosen(config(batch_norm=True), None, images=True)
    bare = config()
    bare['model']['init_args']['backbone'] = 'LeNet'
    assert 'adabn' not in chosen(bare, None, images=True)
    frozen = config(batch_norm=True)
    frozen['model']['init_args']['freeze'] = 'all'
    assert 'adabn' not in chosen(frozen, None, images=True)


def test_rows_are_those_of_the_file_of_the_catalogue_or_ones_own() -> None:
    found = chosen(config(), ['fda', 'coral', 'slow_loss.Slow'], images=True)
    assert found['fda'] == {'style': 'FDA'}
    assert found['Slow'] == {'alignment': 'slow_loss.Slow'}
    assert found['coral']['alignment'] == 'CORAL'


@pytest.mark.parametrize('name', ['source_only', 'target_supervised', 'nothing', 'toy.Toy', 'nowhere.Loss'])
def test_rows_that_do_not_adapt_are_refused(name: str) -> None:
    with pytest.raises(UserError):
        chosen(config(), [name], images=True)


def test_labels_double_the_options_and_add_training_anew() -> None:
    found = rows({'mmd': {'alignment': 'MMD'}}, 5)
    assert found == {
        'source_only': {},
        'mmd': {'alignment': 'MMD'},
        'source_only+labels': {'shots': 5},
        'mmd+labels': {'alignment': 'MMD', 'shots': 5},
        'target_only': {'reference': True, 'shots': 5},
    }
    assert [*rows({'mmd': {}}, 0)] == ['source_only', 'mmd']
    assert 'target_only' not in rows({'mmd': {}}, 1, alone=False)
    assert [each for each in [*found, 'head_only'] if not takes_labels(each)] == ['source_only', 'mmd']


def test_options_are_told_in_words() -> None:
    assert words('source_only+labels').startswith('fine-tune')
    assert words('dann') == 'adapt with dann, an adversarial alignment'
    assert words('coral+labels') == 'adapt with coral, and train on the labels'
