"""Monitors a deployed model: reads the samples, tests them, and remembers how much of the level is spent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from dann.core.errors import UserError
from dann.core.hashing import sha256
from dann.engine.predictions import SeenFiles, seen_files
from dann.engine.trained import TrainedModel, files
from dann.transfer.monitoring.drift_test import drift_tests
from dann.transfer.monitoring.labelled import labelled_view
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.report import MonitorReport
from dann.transfer.monitoring.simulation import check_simulated
from dann.transfer.monitoring.simulation import simulate as simulated
from dann.transfer.monitoring.state import State, advanced, resumed, write_state
from dann.transfer.monitoring.stream import Batch, watch
from dann.transfer.monitoring.window import class_shares


def monitor(
    model: TrainedModel,
    reference: str | Path,
    batches: Sequence[str | Path],
    *,
    plan: Plan | None = None,
    labelled: Path | None = None,
    state: Path | None = None,
    weights: Path | None = None,
    simulate: int = 0,
) -> MonitorReport:
    """Test new samples for drift from those that a model was adapted to, and estimate its accuracy on them.

    Args:
        model: The deployed model, as ``dann.load`` returns it.
        reference: Unlabelled samples of the domain that it was adapted to, and best some that it was not trained on:
            a folder of images, a file of them, a glob, or an ``.npy``, ``.npz`` or ``.csv`` file.
        batches: The same of new samples, in the order of time; those of a folder are taken in the order of their names.
        plan: Levels, window and permutations.
        labelled: Source samples with labels that the model was not trained on, see ``labelled_view``; ``None`` for no
            estimates.
        state: File that keeps how many windows of the stream were tested; it is written at the end.
        weights: The model's file of weights, by which ``state`` tells another model; needed with it.
        simulate: Streams without drift to draw from the reference, to count their alarms; 0 for none.

    Raises:
        UserError: Samples that cannot be read or are too few, or a state of another stream.
    """
    plan = plan or Plan()
    drift_tests(plan.tests)  # what is wrong with them comes before the samples are read
    before = _before(plan, reference, state, weights)
    seen = _read(model, reference)
    if simulate:
        check_simulated(len(seen.names), simulate, plan)
    new = [(str(place), _read(model, place)) for place in batches]
    held, unreadable = labelled_view(model, labelled) if labelled else (None, [])
    found = [Batch(name, each.names, each.view) for name, each in new]
    windows = watch(seen.view, found, plan, seen=before.windows, labelled=held)
    simulation = simulated(seen.view, simulate, plan) if simulate else None
    if state is not None:
        write_state(state, advanced(before, windows))
    return MonitorReport(
        model=repr(model),
        classes=model.classes,
        reference=str(reference),
        reference_samples=len(seen.names),
        reference_shares=class_shares(seen.view),
        features=seen.view.features.shape[1],
        plan=plan,
        seen_before=before.windows,
        windows=windows,
        estimated=held is not None,
        simulation=simulation,
        unreadable=(*seen.unreadable, *(line for _, each in new for line in each.unreadable), *unreadable),
    )


def _read(model: TrainedModel, place: str | Path) -> SeenFiles:
    return seen_files(model, files(place))


def _before(plan: Plan, reference: str | Path, state: Path | None, weights: Path | None) -> State:
    """Return what of the stream was seen before: nothing without a file of it."""
    if state is None:
        return State('', '', plan.level, plan.warning)
    if weights is None:
        raise UserError('a `state` belongs to one model; pass its file as `weights` too')
    tests = ', '.join(plan.tests)
    new = State(sha256(weights), _digest(files(reference)), plan.level, plan.warning, tests=tests)
    return resumed(state, new)


def _digest(paths: Sequence[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(sha256(path).encode())
    return whole.hexdigest()
