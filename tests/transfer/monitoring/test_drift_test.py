"""A test of drift of the user's own takes part in the verdict, and in what a window spends."""

from __future__ import annotations

from pathlib import Path

import pytest
from monitored import batch, seen
from own_drift import Early

from dann.core.errors import RunError, UserError
from dann.transfer.monitoring.drift_test import checked, drift_tests
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.spending import spent
from dann.transfer.monitoring.state import State, resumed, write_state
from dann.transfer.monitoring.stream import watch

OWN = Plan(tests=('own_drift.Early',))


def test_it_raises_the_alarm_by_itself() -> None:
    for plan, verdict in ((Plan(), 'none'), (OWN, 'alarm')):
        (window,) = watch(seen(100, 0), [batch(seen(50, 1))], plan)
        assert window.verdict == verdict
    assert window.further == {'early': Early.value}
    assert window.alarm_at == spent(0.05, 1)


def test_three_tests_have_a_third_each(monkeypatch: pytest.MonkeyPatch) -> None:
    third = spent(0.05, 1) / 3
    for value, verdict in ((third, 'alarm'), (third * 1.01, 'warning')):
        monkeypatch.setattr(Early, 'value', value)
        (window,) = watch(seen(100, 0), [batch(seen(50, 1))], OWN)
        assert window.verdict == verdict
    assert 1 / (1 + OWN.needed(1)) <= third < 1 / OWN.needed(1)


def test_what_it_draws_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, with_own = (
        watch(seen(100, 0), [batch(seen(100, 1))], plan) for plan in (Plan(permutations=999), OWN)
    )
    assert [each.ks_p for each in plain] == [each.ks_p for each in with_own]
    again = watch(seen(100, 0), [batch(seen(100, 1))], Plan(tests=('own_drift.Early', 'own_drift.Drawn')))
    assert again[0].further['drawn'] != again[1].further['drawn']


@pytest.mark.parametrize(
    ('paths', 'words'),
    [
        (['nowhere.Test'], 'cannot import test'),
        (['Early'], 'cannot import test'),
        (
            ['toy.Toy'],
            r'is no DriftTest; derive the class from dann\.transfer\.monitoring\.drift_test\.DriftTest',
        ),
        (['dann.transfer.monitoring.DriftTest'], 'is no whole DriftTest'),
        (['own_drift.Early', 'own_drift.Twice'], 'the test early is there already'),
    ],
)
def test_what_is_no_test_is_refused(paths: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        drift_tests(paths)


@pytest.mark.parametrize('value', [1.5, -0.1, float('nan'), 'small'])
def test_what_is_no_p_value_is_refused(value: float) -> None:
    with pytest.raises(RunError, match=r'the test early returned .* no p-value'):
        checked(Early(), value)


def test_a_stream_goes_on_with_the_tests_that_it_began_with(tmp_path: Path) -> None:
    path, old = tmp_path / 'state.json', State('model', 'reference', 0.05, 0.2)
    write_state(path, old)
    assert resumed(path, old) == old
    with pytest.raises(UserError, match='another choice of tests'):
        resumed(path, State('model', 'reference', 0.05, 0.2, tests='own_drift.Early'))
    path.write_text(path.read_text().replace('  "tests": "",\n', ''))  # as it was before there were any
    assert resumed(path, old) == old
