"""Advice as a table: options against rules, every cell with the figure it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from dann.advising.advice import Advice, Said
from dann.advising.figures import Figures
from dann.advising.measured import LABELS, STEPS
from dann.advising.options import ALONE, FINE_TUNED, HEAD, words
from dann.advising.rule import Answer, Rate
from dann.reporting.markdown import bullets, inert, pipes
from dann.reporting.notation import ABSENT, points

CONFIRMED = {
    True: 'full training confirms it',
    False: 'full training does not confirm it',
    None: 'full training has not tried it',
}
WANTED = (FINE_TUNED, HEAD, ALONE)
MEASURED = (
    'How often an answer was right before is counted on pairs of images that share no domain with this one, with '
    f'{LABELS} labels of each class where there are labels, and trials of {STEPS} steps: with other numbers, and on '
    'features, it may be another.'
)


def advice_markdown(found: Advice, *, notes: bool = True) -> str:
    """Return the answer, the matrix of options and rules, what holds of the pair, and what each rule asks.

    Args:
        found: What is advised.
        notes: Say what the rules ask.
    """
    parts = [
        _answer(found),
        pipes(_matrix(found)),
        bullets(_of_pair(found)),
        _notes(found) if notes else '',
    ]
    return '\n\n'.join(part for part in parts if part) + '\n'


def _answer(found: Advice) -> str:
    collect = {True: ' Before that, collect labels of the target.', False: '', None: ''}[found.collect]
    confirmed = '' if found.outcome is None else f' Here {CONFIRMED[found.held]}.'
    return (
        f'**{inert(found.figures.source)} to {inert(found.figures.target)}: {inert(words(found.option))}.**{collect} '
        f'Advice of this kind {_right(found.rate)}.{confirmed}'
    )


def _right(rate: Rate) -> str:
    return f'was right on {rate} measured pairs' if rate.asked else 'was never measured'


def _matrix(found: Advice) -> list[list[str]]:
    rules = [each for each in found.said if any(answer.option for answer in each.answers)]
    full = [] if found.outcome is None else ['full training']
    heading = [
        'option',
        'what it is',
        *(f'{each.rule} (right: {each.rate})' for each in rules),
        'seconds a run',
        *full,
    ]
    options = [*found.figures.tried, *(each for each in WANTED if each not in found.figures.tried)]
    return [heading, *(_line(found, each, rules) for each in options)]


def _line(found: Advice, option: str, rules: Iterable[Said]) -> list[str]:
    tried = found.figures.tried.get(option)
    if tried is None:
        wanted = 'needs more labels' if found.figures.labels else 'needs --labels'
        cells = [wanted for _ in rules] + [ABSENT]
    else:
        cells = [_cell(each.of(option), each.words) for each in rules]
        cells.append(ABSENT if tried.seconds is None else f'{tried.seconds:.0f}')
    return [
        f'**{option}**' if option == found.option else option,
        words(option),
        *cells,
        *_full(found, option),
    ]


def _full(found: Advice, option: str) -> list[str]:
    if found.outcome is None:
        return []
    return [points(found.outcome.mean(option)) if option in found.outcome.accuracies else ABSENT]


def _cell(answer: Answer | None, said: tuple[str, str]) -> str:
    if answer is None:
        return ABSENT
    word = said[0] if answer.holds else said[1]
    return f'{word}: {answer.figure}' if word else answer.figure


def _of_pair(found: Advice) -> list[str]:
    lines = [
        _cell(answer, each.words) + _judged(each, found) for each in found.said if (answer := each.of(''))
    ]
    return [*(inert(line) for line in lines), *map(inert, _facts(found.figures))]


def _judged(said: Said, found: Advice) -> str:
    before = f' (right before: {said.rate})'
    number = next(number for number, each in enumerate(said.answers) if not each.option)
    return before if found.outcome is None else f'{before}; {CONFIRMED[said.held[number]]}'


def _facts(figures: Figures) -> list[str]:
    distance, sizes = figures.distance, figures.sizes
    facts = [
        f'A-distance {distance.value:.2f} on {distance.on}, {distance.halves:.2f} between halves of the source, '
        f'p = {distance.p_value:.3f} that both domains are one',
        f'{sizes["source"]:,} source and {sizes["target"]:,} target samples in training, {figures.classes} classes',
    ]
    if distance.label_shift is not None and distance.label_shift_p is not None:
        share = points(distance.label_shift)
        facts.append(
            f'estimated label shift, if classes look the same in both domains: {share} % of the target would have to '
            f'change class (p = {distance.label_shift_p:.3f})'
        )
    return facts


def _notes(found: Advice) -> str:
    figures = found.figures
    labels = (
        f' Of {figures.labels} target labels of each class {figures.held} were held out of it to score on.'
        if figures.labels
        else ''
    )
    trial = (
        f'The trial had {figures.steps} of {figures.full} steps and {figures.seeds} seeds; ranking is by '
        f'{figures.rule}.{labels} {MEASURED}'
    )
    asked = bullets(inert(f'{each.rule}: {each.question}') for each in found.said)
    return f'{inert(trial)}\n\n{asked}'
