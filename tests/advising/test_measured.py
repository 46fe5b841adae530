"""The pairs of the package, and that advice on them is what full training confirms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from advised import measured as pair

from dann.advising.advice import advice
from dann.advising.measured import measured


def test_pairs_are_read_as_they_are_kept(tmp_path: Path) -> None:
    known = pair('far', source_only=0.5, mmd=0.7)
    kept = [{'name': 'far', 'figures': known.figures.as_json(), 'outcome': known.outcome.as_json()}]
    (tmp_path / 'pairs.json').write_text(json.dumps(kept))
    assert measured(tmp_path / 'pairs.json') == (known,)
    assert measured(tmp_path / 'none.json') == ()


PAIRS = {pair.name: pair for pair in measured()}
WRONG = {  # by pair and labels of each class: docs/advice.md shows them
    ('day-to-night-scratch', 0),
    ('day-to-night-scratch-severity-0', 0),
    ('day-to-night-scratch-severity-0', 50),
    ('day-to-night-scratch-severity-1', 0),
    ('day-to-night-scratch-severity-1', 50),
    ('day-to-night-scratch-source-halves', 50),
    ('sim-to-real', 0),
}


@pytest.mark.parametrize('name', PAIRS)
@pytest.mark.parametrize('labels', [0, 50])
def test_full_training_confirms_the_advice_where_the_table_says_so(name: str, labels: int) -> None:
    pair = PAIRS[name]
    figures = pair.figures if labels else pair.figures.without_labels()
    assert figures.labels == labels
    found = advice(name, figures, known=measured(), outcome=pair.outcome)
    assert found.held is ((name, labels) not in WRONG)


def test_between_halves_of_a_domain_there_is_nothing_to_gain() -> None:
    halves = [each for name, each in PAIRS.items() if name.endswith('halves')]
    assert halves
    for each in halves:
        assert advice(each.name, each.figures.without_labels()).option == 'source_only'


def test_no_pair_judges_itself_or_what_shares_a_domain_with_it() -> None:
    night, dusk = PAIRS['day-to-night-scratch'], PAIRS['day-to-night-scratch-severity-0']
    assert not night.figures.apart(night.figures)
    assert not night.figures.apart(dusk.figures)
    assert night.figures.apart(PAIRS['sim-to-real'].figures)
