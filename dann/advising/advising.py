"""Measures a pair, tries the options on it, and returns what follows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dann.advising.advice import Advice, advice
from dann.advising.figures import Distance, Figures, Outcome, Tried
from dann.advising.options import HEAD, chosen, takes_labels
from dann.advising.rules_found import rules as found_rules
from dann.advising.scored import held_out, heads_on_test
from dann.advising.trial import SEEDS, Asked, Runs, finished, held_of, seen, steps_within
from dann.benchmarks.plan.grid import Benchmark, expanded
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
    check(minutes > 0, f'expected `minutes` above 0, got {minutes:g}')
    root, runs = Path(out), _trainer(workers, command)
    whole = expanded(config)
    held = held_of(labels)
    found_rules(rules)  # what is wrong with the request comes before any training
    pair = _pair(whole['data'], labels)
    if confirm and not pair.target.labelled:
        raise UserError(
            f'--confirm scores on target labels, which {pair.target.name} lacks; leave --confirm out'
        )
    rows = chosen(whole, methods, images=len(pair.image_shape) == 3)
    alone = (labels - held) * pair.num_classes >= pair.batch_size
    asked = Asked(name, whole, rows, labels, held, alone)
    found = advice(
        name, (figures := _figures(asked, pair, root, minutes, steps, workers, runs, say)), own=rules
    )
    if confirm:
        say(f'full training of {len(asked.plan().methods)} options, to see whether the advice holds')
        found = advice(name, figures, own=rules, outcome=_outcome(asked, root / 'full', runs))
    write_whole(root / FILE, json_text(found.as_json()))
    return found


def _pair(data: Mapping[str, Any], labels: int) -> DomainPair:
    """Return the pair, on disk and with the labels drawn; raise ``UserError`` where there are not as many."""
    pair = configured_pair({**data, 'shots': labels})
    pair.prepare_data()
    pair.setup()
    return pair


def _trainer(workers: int, command: str) -> Runs:
    from dann.benchmarks.running.run import run

    def train(plan: Benchmark, folder: Path) -> dict[str, str]:
        return run(plan, folder, workers=workers, loggers=[], command=command)

    return train


def _figures(
    asked: Asked,
    pair: DomainPair,
    root: Path,
    minutes: float,
    steps: int | None,
    workers: int,
    runs: Runs,
    say: Callable[[str], object],
) -> Figures:
    say('measuring the distance of the domains')
    distance = _distance(pair)
    taken = _steps(asked, root, minutes, steps, workers, runs)
    say(f'trying {len(asked.trial(taken).methods)} options, {taken} steps each')
    plan = asked.trial(taken)
    finished(runs(plan, root / 'trial'))
    return Figures(
        source=pair.source.name,
        target=pair.target.name,
        classes=pair.num_classes,
        sizes={'source': len(pair.source.images('train')), 'target': len(pair.target.images('train'))},
        distance=distance,
        steps=taken,
        full=asked.plan().steps,
        seeds=SEEDS,
        rule=DEFAULT,
        labels=asked.labels,
        held=asked.held,
        tried=_tried(asked, root / 'trial', plan),
    )


def _steps(asked: Asked, root: Path, minutes: float, steps: int | None, workers: int, runs: Runs) -> int:
    """Return the steps of the trial: as asked for, as an earlier call has found, or as the minutes allow."""
    kept = root / 'steps.json'
    if steps is None and kept.exists():
        steps = json.loads(kept.read_text(encoding='utf-8'))['steps']
    taken = steps or steps_within(asked, root / 'cost', minutes, workers, runs)
    write_whole(kept, json_text({'steps': taken}))
    return taken


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


def _tried(asked: Asked, folder: Path, plan: Benchmark) -> dict[str, Tried]:
    found = seen(folder, DEFAULT)
    scored = held_out(folder, asked, _targets(plan)) if asked.held else {}
    tried = {
        name: Tried(takes_labels(name), each.score, each.source, each.agreement, scored.get(name), each.step)
        for name, each in ((name, found[name]) for name in plan.methods)
    }
    return tried | ({HEAD: Tried(labels=True, held_out=scored[HEAD])} if HEAD in scored else {})


def _targets(plan: Benchmark) -> dict[int, Any]:
    """Return the target of each seed, on disk."""
    found = {seed: configured_pair(plan.shared(seed)['data'], seed).target for seed in plan.seeds}
    for target in found.values():
        target.prepare()
    return found


def _outcome(asked: Asked, folder: Path, runs: Runs) -> Outcome:
    plan = asked.plan()
    finished(runs(plan, folder))
    table = table_of(Results.open(folder))
    assert isinstance(table, Table)
    accuracies = {
        row.method: {seed: each['scores'][REPORTED] for seed, each in table.main(row).chosen.items()}
        for row in table.rows
    }
    heads = {HEAD: heads_on_test(folder, asked, _targets(plan))} if asked.labels else {}
    return Outcome(accuracies | heads, plan.steps)
