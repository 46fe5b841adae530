"""The page on a class says what the class says of itself, in lines that a terminal holds."""

from __future__ import annotations

import re

import pytest
from training import ALIGNMENTS, STYLES, TRAINING

from dann.core.errors import UserError
from dann.core.registry import registered
from dann.engine.catalogue import REGISTRY
from dann.engine.showing import shown


def test_a_method_is_shown_with_all_that_one_needs_to_use_it() -> None:
    page = shown('methods', 'DANN')
    assert page.startswith('DANN: Domain-adversarial training: reversed gradients')
    for part in (
        'Family:      Adversarial',
        'Batch norm:  joint, both domains',
        '  weight: 1.0\n      Highest lambda.',
        '  hidden: [100]\n',
        'Search space:\n  weight: 0.01 to 10, logarithmic',
        '  entropy: one of false, true',
        'Fails when: the class proportions',
        'Paper: Domain-Adversarial Training of Neural Networks\n(https://arxiv.org/abs/1505.07818)',
        '  dann fit --config sim-to-real --model.alignment DANN',
        '  dann+e: {alignment: {class_path: DANN, init_args: {entropy: true}}}',
    ):
        assert part in page
    assert shown('methods', 'dann') == shown('methods', 'dann+e') == page


@pytest.mark.parametrize(
    ('name', 'parts'),
    [
        (
            'MCD',
            [
                '--model MCD',
                '\n1. all: ',
                '\n2. classifiers: ',
                'separate, the domains pass',
                '  mcd: {class_path',
            ],
        ),
        ('FDA', ['--model.style FDA', '  fda: {style: FDA}']),
        ('MLDG', ['dann fit --config many-sources --model MLDG', '  mldg: {class_path: MLDG}']),
        ('Together', ['--model.alignment.alignments [DANN,CORAL]', '  alignments: required']),
    ],
)
def test_each_kind_of_method_is_run_in_its_way(name: str, parts: list[str]) -> None:
    page = shown('methods', name)
    for part in parts:
        assert part in page
    assert '\n\n\n' not in page
    assert 'backbone:' not in page  # an option of every training class


@pytest.mark.parametrize('name', [*ALIGNMENTS, *STYLES, *TRAINING])
def test_every_method_has_a_page_of_plain_lines(name: str) -> None:
    page = shown('methods', name)
    assert '``' not in page
    assert ' at 0x' not in page
    prose = [line for line in page.splitlines() if not re.search(r'https?://|^  (\S+: |dann )', line)]
    assert max(map(len, prose)) <= 80


def test_backbones_and_validators_are_shown_too() -> None:
    page = shown('backbones', 'Timm')
    assert '  pretrained: false\n' in page
    assert '--model.backbone Timm' in page
    page = shown('validators', 'InfoMax')
    assert '--select val/infomax' in page
    assert 'No options.' in page
    page = shown('fairness', 'GroupDRO')
    assert 'Fails when: the network fits every sample' in page
    assert '--data.source.groups paint --model.fairness GroupDRO' in page
    for kind in ('backbone', 'validator'):
        for name in registered(*REGISTRY[kind]):
            assert shown(f'{kind}s', name).startswith(f'{name}: ')


@pytest.mark.parametrize(
    ('kind', 'name', 'near'),
    [('methods', 'DAN', 'DANN'), ('backbones', 'Tim', 'Timm'), ('validators', 'Infomax', 'InfoMax')],
)
def test_an_unknown_name_is_compared_with_those_of_its_kind(kind: str, name: str, near: str) -> None:
    with pytest.raises(UserError, match=f"did you mean '{near}'"):
        shown(kind, name)


def test_an_online_method_has_its_options_paper_and_command() -> None:
    page = shown('online', 'EATA')
    assert 'similar' in page
    assert '2204.02610' in page
    assert page.endswith('dann online runs/NAME --methods none eata')
    with pytest.raises(UserError, match="unknown online method 'TENT'; did you mean 'TENTOnline'"):
        shown('online', 'TENT')
