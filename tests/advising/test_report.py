"""Every cell has the figure it rests on, and what was not tried says what it needs."""

from __future__ import annotations

from advised import figures, measured, outcome

from dann.advising.advice import advice
from dann.advising.report import advice_markdown

KNOWN = [
    measured('near', figures(distance=0.1), source_only=0.5, mmd=0.5),
    measured('far', figures(distance=1.9), source_only=0.5, mmd=0.7),
]


def test_the_answer_comes_first_with_how_often_it_was_right() -> None:
    text = advice_markdown(advice('x', figures(distance=1.8), known=KNOWN))
    first = text.splitlines()[0]
    assert first.startswith('**day to night: adapt with mmd, alignment of moments.**')
    assert 'was right on 1 of 2 measured pairs' in first


def test_options_that_need_labels_say_so() -> None:
    lines = advice_markdown(advice('x', figures(), known=KNOWN)).splitlines()
    for option in ('source_only+labels', 'head_only', 'target_only'):
        assert any(line.startswith(f'| {option} ') and 'needs --labels' in line for line in lines)


def test_figures_stand_in_the_cells() -> None:
    text = advice_markdown(
        advice('x', figures(held_out={'source_only': 0.5, 'head_only': 0.75}), known=KNOWN)
    )
    assert 'take it: 75.0 [64.1, 84.0] % of 80 right' in text
    assert 'take it: place 1 of 2 (0.400)' in text
    assert 'ranking (right: 2 of 2)' in text
    assert '| 1 ' in text  # seconds a run
    assert 'needs more labels' in text  # fine-tuning and training anew were not tried
    assert 'A-distance 1.00 on encoder, 0.10 between halves of the source, p = 0.002' in text


def test_full_training_has_a_column() -> None:
    told = advice('x', figures(), known=KNOWN, outcome=outcome(source_only=0.5, mmd=0.6))
    text = advice_markdown(told, notes=False)
    assert 'full training confirms it' in text
    assert '| 60.0 ' in text
    assert 'The trial had' not in text
    assert 'The trial had 10 of 100 steps and 2 seeds' in advice_markdown(told)


def test_without_measured_pairs_it_says_so() -> None:
    assert 'was never measured' in advice_markdown(advice('x', figures(), known=[]))
