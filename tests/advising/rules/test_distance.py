"""Where domains are no further apart than halves, nothing is gained."""

from __future__ import annotations

from advised import figures, measured, outcome

from dann.advising.rules.distance import DistanceRule


def test_the_distance_of_halves_is_taken_off() -> None:
    assert round(DistanceRule().values(figures(distance=1.5))[''], 6) == 1.4


def test_only_options_without_labels_count_as_a_gain() -> None:
    rule = DistanceRule()
    assert rule.truth('', outcome(source_only=0.5, mmd=0.6)) is True
    assert rule.truth('', outcome(source_only=0.5, mmd=0.51)) is False
    assert (
        rule.truth('', outcome(source_only=0.5, mmd=0.5, mmd__labels=0.9, head_only=0.9, target_only=0.9))
        is False
    )
    assert rule.truth('', outcome(source_only=0.5)) is None


def test_the_answer_names_the_figure() -> None:
    known = [
        measured('near', figures(distance=0.2), source_only=0.5, mmd=0.5),
        measured('far', figures(distance=1.8), source_only=0.5, mmd=0.7),
    ]
    (answer,) = DistanceRule().answers(figures(distance=1.6), known)
    assert answer.holds
    assert answer.option == ''
    assert '1.50 above that of halves' in answer.figure
    assert 'above 0.90' in answer.figure
