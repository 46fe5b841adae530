"""The weights that a benchmark's rule chooses, which are what its report is about."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from dann.benchmarks.results.records import Record
from dann.benchmarks.results.selection import LAST, select
from dann.core.errors import RunError
from dann.engine.card import card_of
from dann.engine.module import AdaptationModule
from dann.engine.saved import BACKBONE, CHOSEN, WEIGHTS, WITHOUT_BACKBONE, read
from dann.reporting.files import write_whole


def chosen_step(history: Sequence[Record], rule: str) -> int | None:
    """Return the step that a rule chooses of a run; ``None`` where it has no number to go by."""
    try:
        return select(list(history), rule)['step'] if history else None
    except RunError:
        return None


def keep_if_chosen(folder: Path, rule: str, history: Sequence[Record], module: AdaptationModule) -> None:
    """Keep the weights of the latest evaluation where the rule chooses it among those so far.

    A backbone that the run has not changed is left out: it is in the file of the last step.

    Args:
        folder: Of the job.
        rule: The benchmark's.
        history: Records of the run, the latest last.
        module: What was evaluated.
    """
    latest = history[-1]
    if rule == LAST or chosen_step(history, rule) != latest['step']:
        return
    weights, about = module.state_dict(), card(module, latest, rule)
    if about['backbone']['weights'] == latest['initial_backbone']:
        weights = {name: value for name, value in weights.items() if not name.startswith(BACKBONE)}
        about[WITHOUT_BACKBONE] = True
    write(folder / CHOSEN, weights, about)


def leave(folder: Path, rule: str, history: Sequence[Record], module: AdaptationModule) -> None:
    """Leave the weights of the last step, and beside them those of the chosen one where that is another.

    A rule that looks at the whole run may choose an evaluation in the end that it did not choose at the time. Its
    weights are not there then; who loads the run is told.
    """
    step = chosen_step(history, rule)
    about = card(module, history[-1], rule) | {'chosen_step': step}
    write(folder / WEIGHTS, module.state_dict(), about)
    chosen = folder / CHOSEN
    if chosen.exists() and (step == history[-1]['step'] or read(chosen).card['step'] != step):
        chosen.unlink()


def card(module: AdaptationModule, record: Record, rule: str) -> dict[str, Any]:
    """Return what the weights of an evaluation say of themselves."""
    return card_of(
        module,
        module.pair,
        benchmark=record['benchmark'],
        row=record['method'],
        seed=record['seed'],
        step=record['step'],
        steps=record['steps'],
        rule=rule,
        protocol=record['protocol'],
        uses_target_labels=record['uses_target_labels'],
        scores=dict(record['scores']),
    )


def write(path: Path, weights: dict[str, Any], about: dict[str, Any]) -> None:
    """Write weights and what they say of themselves, whole or not at all.

    Raises:
        RunError: The disk is full, or cannot be written to.
    """
    held = io.BytesIO()
    torch.save({'card': about, 'state_dict': weights}, held)
    write_whole(path, held.getvalue())
