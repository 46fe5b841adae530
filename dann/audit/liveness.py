"""Whether every term, every network other than the shared one, and the style have an effect."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from dann.audit.findings import Finding, combine
from dann.audit.parts import copies_of_the_network, networks_of_its_own
from dann.audit.subject import Subject
from dann.audit.trainings import Trained, Trainings, chain
from dann.audit.watch import without
from dann.audit.weights import differing, largest_gap, shared
from dann.core.errors import UserError
from dann.engine.module import AdaptationModule

NAME = 'liveness'
NO_GRADIENT = 1e-12


def liveness(subject: Subject) -> Finding:
    """Check that the shared network ends up different without each term, and that critics, heads and teachers move."""
    if not subject.repeats:
        return Finding(
            NAME, 'undecided', 'the training does not repeat, so that any difference may be chance'
        )
    networks = networks_of_its_own(subject.module)
    found = [_network(subject, name, parameters) for name, parameters in networks.items()]
    found += [_term(subject, term) for term in subject.watch.terms]
    if subject.module.style is not None:
        found.append(_style(subject))
    if not found:
        evidence = 'there is no term but the source loss, no style and no network but the shared one'
        return Finding(NAME, 'does not apply', evidence)
    return combine(NAME, found)


def _network(subject: Subject, name: str, parameters: list[str]) -> Finding:
    """Judge a critic, a second head, a generator or a teacher by its gradients and by whether it moves."""
    base, trained = subject.base, dict(subject.module.named_parameters())
    moves = any(not base.before[each].equal(base.after[each]) for each in parameters)
    gradients = [float(value) for each, value in subject.watch.gradients.items() if each in parameters]
    if not any(trained[each].requires_grad for each in parameters):
        copies = [copy for copy in copies_of_the_network(subject.module) if f'{copy}.'.startswith(f'{name}.')]
        if copies and not moves:
            return Finding(NAME, 'fail', f'{name} is dead: a copy of the network that never changes')
        return Finding(NAME, 'pass', f'{name} {"follows" if moves else "is fixed"}')
    if gradients and max(gradients) <= NO_GRADIENT:
        evidence = (
            f'{name} is dead: no gradient reaches its {len(parameters)} parameters (largest entry '
            f'{max(gradients):.0e}), as where a critic says the same of every sample'
        )
        return Finding(NAME, 'fail', evidence)
    if not moves:
        return Finding(NAME, 'fail', f'{name} is dead: no optimiser moves its {len(parameters)} parameters')
    return Finding(NAME, 'pass', f'{name} learns')


def _term(subject: Subject, term: str) -> Finding:
    """Train without a term: from fresh weights and, where that changes nothing, from certain predictions."""
    if term not in subject.watch.reached:
        evidence = f'{term} does not pass through `losses` or `descend`, so that it cannot be taken away'
        return Finding(NAME, 'undecided', evidence)
    gap = _gap(subject.base, subject.trainings.fit(change=without(term)))
    if gap is not None:
        return Finding(NAME, 'pass', f'without {term} the weights differ by up to {gap:.1e}')
    gap = _gap(subject.sure, subject.trainings.fit(change=chain(subject.make_certain, without(term))))
    if gap is not None:
        evidence = f'without {term} the weights differ by up to {gap:.1e}, once predictions are certain'
        return Finding(NAME, 'pass', evidence)
    values = subject.watch.values.get(term, [])
    constant = (
        f', and it is {values[0]:.4g} at every step' if len({f'{each:.6g}' for each in values}) == 1 else ''
    )
    evidence = (
        f'{term} is dead: with it and without it the shared network ends with the same weights{constant}'
    )
    return Finding(NAME, 'fail', evidence)


def _style(subject: Subject) -> Finding:
    """Train with the style at weight 0."""
    try:
        other = Trainings(_weightless(subject.trainings.config), subject.pair).fit()
    except (UserError, KeyError):  # a style without that option, or one that the model brings itself
        other = subject.trainings.fit(change=_unweigh)
    gap = _gap(subject.base, other)
    if gap is None:
        return Finding(
            NAME, 'fail', 'the style is dead: at weight 0 the shared network ends with the same weights'
        )
    return Finding(NAME, 'pass', f'with the style at weight 0 the weights differ by up to {gap:.1e}')


def _weightless(config: dict[str, Any]) -> dict[str, Any]:
    config = deepcopy(config)
    options = config['model']['init_args']
    style = options['style']
    given = style if isinstance(style, dict) else {'class_path': style}
    options['style'] = given | {'init_args': {**(given.get('init_args') or {}), 'weight': 0.0}}
    return config


def _unweigh(module: AdaptationModule) -> None:
    assert module.style is not None
    module.style.weight = 0.0


def _gap(base: Trained, other: Trained) -> float | None:
    """Return the largest difference of the shared networks, or ``None`` where they are equal."""
    left, right = shared(base.after), shared(other.after)
    return largest_gap(left, right) if differing(left, right) else None
