"""A page that says what a trained model is, for those who get it without its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dann.engine.card import SOURCE_ONLY
from dann.reporting.markdown import inert

LIMITS = (
    'It was trained and scored on the two domains above. On images of a third it may be wrong as often as the source '
    'model, and as sure.',
    'The confidence of a prediction is what the network says, not a calibrated probability.',
)
ADAPTED = (
    'Adaptation used unlabelled target images; where their shares of the classes differ from the source, methods that '
    'balance predictions are wrong more often.'
)


def model_card(card: Mapping[str, Any], numbers: Sequence[str] = ()) -> str:
    """Return the page as Markdown.

    Args:
        card: What the file says of itself, see ``card_of``.
        numbers: Lines on how well it does, with intervals, where the run is at hand.
    """
    domains, made = card.get('domains') or {}, card.get('preprocessing') or {}
    adapted, licence = card['method'] != SOURCE_ONLY, card['backbone'].get('licence') or 'there are none'
    parts = [
        inert(
            f'# {card.get("method")}' + (f', {domains["source"]} to {domains["target"]}' if domains else '')
        ),
        _section('Classes', [', '.join(card['classes'])]),
        _section('Input', _input(made, card)),
        _section('Training', _training(card)),
        _section('How well it does', numbers or _scores(card)),
        _section('Limits', [f'- {line}' for line in (*LIMITS, *([ADAPTED] if adapted else []))]),
        _section('Licence', [f'Of the pretrained weights: {licence}. That of the images is theirs.']),
    ]
    return '\n\n'.join(parts) + '\n'


def _section(title: str, lines: Sequence[str]) -> str:
    return '\n'.join([f'## {title}', '', *map(inert, lines)])


def _input(made: Mapping[str, Any], card: Mapping[str, Any]) -> list[str]:
    if not made:
        names = card.get('features') or []
        return [f'Float features{": " + ", ".join(names) if names else ""}.']
    height, width = made['size']
    how = 'the middle of the longer side kept' if made['fit'] == 'crop' else 'squashed to a square'
    crop = f'; the {made["crop"]} pixels in the centre are used' if made.get('crop') else ''
    return [f'RGB images, upright, brought to {height} x {width} pixels ({how}){crop}.']


def _training(card: Mapping[str, Any]) -> list[str]:
    said = {
        'Source (labelled)': (card.get('domains') or {}).get('source'),
        'Target (unlabelled)': (card.get('domains') or {}).get('target'),
        'Backbone': f'{card["backbone"]["name"]}, weights {card["backbone"]["weights"]}',
        'Batch norm': card['network']['batch_norm'],
        'Step': card.get('step'),
        'Chosen by': card.get('rule'),
        'Seed': card.get('seed'),
        'Benchmark': card.get('benchmark'),
        'Protocol': card.get('protocol'),
        'dann': card.get('dann'),
    }
    labels = ['It was trained on target labels.'] if card.get('uses_target_labels') else []
    return [*(f'- {name}: {value}' for name, value in said.items() if value is not None), *labels]


def _scores(card: Mapping[str, Any]) -> list[str]:
    scores = card.get('scores') or {}
    shown = {name: value for name, value in scores.items() if isinstance(value, float) and value == value}
    lines = [
        f'- {name}: {value:.4f}' for name, value in sorted(shown.items()) if not name.startswith('loss/')
    ]
    return [*lines, '', 'One run; there is no interval.'] if lines else ['Not known: the run kept no score.']
