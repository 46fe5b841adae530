"""Measures a pair, tries the options on it, and returns what follows."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dann.advising.advice import Advice, advice
from dann.advising.figures import Distance, Figures, Outcome, Tried
from dann.advising.options import HEAD, chosen, takes_labels
from dann.advising.rules_found import rules as found_rules
from dann.advising.scored import heads_on_test, held_out
from dann.advising.trial import Asked, Runs, check_ran, held_of, seen, steps_within
from dann.benchmarks.plan.grid import Benchmark, digest, expanded
from dann.benchmarks.report.report import table_of
from dann.benchmarks.report.table import Table
from dann.benchmarks.results.opened import Results
from dann.benchmarks.results.selection import REPORTED
from dann.core.errors import UserError, check
from dann.core.rule import DEFAULT
from dann.datasets.pair import DomainPair
from dann.reporting.files import write_whole
from dann.reporting.json_text import json_text
from dann.shift import gap
from dann.shift.pairs import configured_pair

FILE = 'advice.json'
MINUTES = 5.0


def advise(
    name: str,
    config: Mapping[str, Any],
    out: str | Path,
    *,
    methods: Sequence[str] | None = None,
    labels: int = 0,
    minutes: float = MINUTES,
    steps: int | None = None,
    rules: Sequence[str] = (),
    confirm: bool = False,
    workers: int = 1,
    command: str = 'dann.advising.advise',
    say: Callable[[str], object] = bool,
) -> Advice:
    """Say whether to fine-tune, adapt or train anew, from what can be measured in some minutes.

    Args:
        name: Of the pair.
        config: Of a benchmark, as ``dann.configs.load`` returns one.
        out: Folder of all that is trained; the same call continues where it stopped.
        methods: Rows to adapt with; ``None`` for one of each family.
        labels: Target labels of each class that are there; 0 for none, else at least 2.
        minutes: Of the trial, about.
        steps: Of the trial, in place of what the minutes allow.
        rules: Dotted paths of further rules.
        confirm: Train all options in full afterwards, and say whether the advice held; the target needs test labels.
        workers: Processes.
        command: As the user typed it, for the records.
        say: Told what is being done, a line each.

    Raises:
        UserError: The pair, a row or a rule is not there, or there are too few labels.
        RunError: A job failed, or the minutes do not suffice.
    """
    check(0 < minutes < math.inf, f'expected `minutes` above 0, got {minutes:g}')
    root, runs = Path(out), _trainer(workers, command)
    held = held_of(labels)
    found_rules(rules)  # what is wrong with the request comes before any training
    whole = expanded(config)
    pair = _pair(whole, labels, say, confirm=confirm)
    whole['data'] = {**whole['data'], 'batch_size': pair.batch_size}
    rows = chosen(whole, methods, images=len(pair.image_shape) == 3)
    alone = (labels - held) * pair.num_classes >= pair.batch_size
    asked = Asked(name, whole, rows, labels, held, alone)
    figures = _figures(asked, pair, root, Budget(minutes, steps, workers), runs, say)
    found = advice(name, figures, own=rules)
    if confirm:
        say(f'full training of {len(asked.plan().methods)} options, to see whether the advice holds')
        outcome = _outcome(asked, root, runs, say)
        found = advice(name, figures, own=rules, outcome=outcome)
    write_whole(root / FILE, json_text(found.as_json()))
    return found


@dataclass(frozen=True, slots=True)
class Budget:
    """How long the trial may take: ``minutes``, or ``steps`` in their place, and with how many ``workers``."""

    minutes: float
    steps: int | None
    workers: int


def folder_of(root: Path, kind: str, plan: Benchmark) -> Path:
    """Return the folder of what is trained: another request, in rows, labels or steps, has a folder of its own."""
    return root / f'{kind}-{digest([plan.methods, plan.steps, plan.model, plan.data])}'


def _pair(config: dict[str, Any], labels: int, say: Callable[[str], object], *, confirm: bool) -> DomainPair:
    """Return the pair, on disk, with a batch that both domains fill and the labels drawn.

    Raises:
        UserError: There are not as many labels, or none where some are asked for.
    """
    plain = configured_pair(config['data'])
    _check_labels(plain, labels, confirm=confirm)
    plain.prepare_data()
    size = _batch(plain, labels)
    if size < plain.batch_size:
        say(f'batch size {size} instead of {plain.batch_size}: that is what the smaller domain has')
    pair = configured_pair({**config['data'], 'shots': labels, 'batch_size': size})
    try:
        pair.setup()
    except UserError as error:
        raise UserError(f'{error} (of `dann advise`: --labels)' if labels else str(error)) from error
    return pair


def _check_labels(pair: DomainPair, labels: int, *, confirm: bool) -> None:
    name = pair.target.name
    if confirm and not pair.target.labelled:
        raise UserError(f'--confirm scores on target labels, which {name} lacks; leave --confirm out')
    if labels and not pair.target.labelled:
        raise UserError(f'--labels gives labels of {name}, which has none; leave --labels out')
    if labels and pair.setting == 'transductive':
        raise UserError(
            'the transductive protocol scores what it trains on; leave --labels or --protocol out'
        )


def _batch(pair: DomainPair, labels: int) -> int:
    """Return the size of a batch: what the smaller domain has, where that is a little less than is asked for."""
    left = len(pair.target.images('train')) - labels * pair.num_classes
    fewest = min(len(pair.source.images('train')), left)
    # far fewer are a mistake, of which the pair speaks
    return fewest if pair.batch_size / 2 <= fewest < pair.batch_size else pair.batch_size


def _trainer(workers: int, command: str) -> Runs:
    from dann.benchmarks.running.run import run

    def train(plan: Benchmark, folder: Path) -> dict[str, str]:
        return run(plan, folder, workers=workers, loggers=[], command=command)

    return train


def _figures(
    asked: Asked, pair: DomainPair, root: Path, budget: Budget, runs: Runs, say: Callable[[str], object]
) -> Figures:
    say('measuring the distance of the domains')
    distance = _distance(pair)
    plan = asked.trial(_steps(asked, root, budget, runs))
    say(f'trying {len(plan.methods)} options, {plan.steps} steps each')
    place = folder_of(root, 'trial', plan)
    tried = _tried(asked, place, plan, _left_out(plan, runs(plan, place), say))
    if not any(each.score is not None for each in tried.values()):
        raise UserError(f'no option has the score {DEFAULT}, which ranks them; add it to `validators:`')
    return Figures(
        source=pair.source.name,
        target=pair.target.name,
        classes=pair.num_classes,
        sizes={'source': len(pair.source.images('train')), 'target': len(pair.target.images('train'))},
        distance=distance,
        steps=plan.steps,
        full=asked.plan().steps,
        seeds=len(plan.seeds),
        rule=DEFAULT,
        labels=asked.labels,
        held=asked.held,
        domains=(digest(pair.source.manifest()), digest(pair.target.manifest())),
        tried=tried,
    )


def _left_out(plan: Benchmark, failed: Mapping[str, str], say: Callable[[str], object]) -> set[str]:
    """Return the rows that failed, and say why each did; source-only may not."""
    found = check_ran(plan, failed)
    for row, why in found.items():
        say(f'{row} is left out: {why}')
    return {*found}


def _steps(asked: Asked, root: Path, budget: Budget, runs: Runs) -> int:
    """Return the steps of the trial: as asked for, as the same request has found before, or as the minutes allow."""
    if budget.steps is not None:
        return budget.steps
    place = folder_of(root, 'cost', asked.plan())
    kept = place / f'steps-of-{budget.minutes:g}-minutes-with-{budget.workers}.txt'
    if not kept.exists():
        write_whole(kept, f'{steps_within(asked, place, budget.minutes, budget.workers, runs)}\n')
    return int(kept.read_text(encoding='utf-8'))


def _distance(pair: DomainPair) -> Distance:
    on = 'encoder' if len(pair.image_shape) == 3 else 'pixels'
    report = gap(pair, on=[on], split='train')
    row, floor = report.rows[0], report.halves_of_the_source[0]
    shift = row.label_shift
    return Distance(
        on=on,
        value=row.distances.a_distance.value,
        halves=floor.distances.a_distance.value,
        p_value=row.distances.mmd.p_value,
        label_shift=None if shift is None else shift.distance,
        label_shift_p=None if shift is None else shift.p_value,
    )


def _tried(asked: Asked, folder: Path, plan: Benchmark, left_out: Collection[str]) -> dict[str, Tried]:
    found = seen(folder, DEFAULT)
    scored = held_out(folder, asked, _targets(plan)) if asked.held else {}
    tried = {
        name: Tried(
            takes_labels(name), each.score, each.source, each.agreement, scored.get(name), each.seconds
        )
        for name, each in ((name, found[name]) for name in plan.methods if name not in left_out)
    }
    return tried | ({HEAD: Tried(labels=True, held_out=scored[HEAD])} if HEAD in scored else {})


def _targets(plan: Benchmark) -> dict[int, Any]:
    """Return the target of each seed, on disk."""
    found = {seed: configured_pair(plan.shared(seed)['data'], seed).target for seed in plan.seeds}
    for target in found.values():
        target.prepare()
    return found


def _outcome(asked: Asked, root: Path, runs: Runs, say: Callable[[str], object]) -> Outcome:
    plan = asked.plan()
    folder = folder_of(root, 'full', plan)
    left_out = _left_out(plan, runs(plan, folder), say)
    table = table_of(Results.open(folder))
    assert isinstance(table, Table)
    accuracies = {
        row.method: {seed: each['scores'][REPORTED] for seed, each in table.main(row).chosen.items()}
        for row in table.rows
        if row.method not in left_out
    }
    heads = {HEAD: heads_on_test(folder, asked, _targets(plan))} if asked.labels else {}
    return Outcome(accuracies | heads, plan.steps)
