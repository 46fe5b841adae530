"""The check of gradient signs, each part by what its family says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch

from dann.audit.findings import Finding, combine
from dann.audit.gradients.adversarial import adversarial
from dann.audit.gradients.aligning import aligning
from dann.audit.gradients.predicting import predicting
from dann.audit.gradients.probe import Probe
from dann.audit.gradients.styling import styling
from dann.audit.parts import Part, parts
from dann.audit.subject import Subject
from dann.audit.tapped import TappedModule
from dann.audit.trainings import Change
from dann.core.families import Sign, expected_sign

NAME = 'gradient sign'
Judge = Callable[[Probe, Part, list[str]], Finding]
JUDGES: dict[Sign, Judge] = {
    'adversarial': adversarial,
    'aligning': aligning,
    'predicting': predicting,
    'styling': styling,
}
MOMENTS = (0.0, 0.45, 1.0)  # shares of the run: a method may have several stages


def gradient_sign(subject: Subject) -> Finding:
    """Check that the gradient of each part has the sign that its family promises."""
    chosen = [part for part in subject.parts if expected_sign(part.family)]
    others = [
        Finding(NAME, 'does not apply', f'{part.name}: no sign is declared by the family {part.family!r}')
        for part in subject.parts
        if not expected_sign(part.family)
    ]
    if not subject.parts:
        return Finding(NAME, 'does not apply', 'the source loss alone is descended on')
    found = _probed(subject, chosen) if chosen else {}
    unsure = [part for part in chosen if found[part.name].verdict == 'undecided']
    if unsure:  # a term of confident predictions may have nothing to count yet
        second = _probed(subject, unsure, change=subject.make_certain)
        found |= {name: each for name, each in second.items() if each.verdict != 'undecided'}
    return combine(NAME, [*found.values(), *others])


def _probed(subject: Subject, chosen: list[Part], change: Change | None = None) -> dict[str, Finding]:
    look = Look(chosen, subject.watch.owners, subject.watch.terms, subject.trainings.steps)
    subject.trainings.fit(change=change, callbacks=[look])
    return {part.name: look.best(part) for part in chosen}


class Look(pl.Callback):
    """Probes a training at some of its steps, and judges each part there.

    Args:
        chosen: What to judge.
        owners: The part that each term is from, where it is not the module.
        terms: Of the row.
        steps: Of the training.
    """

    def __init__(self, chosen: list[Part], owners: dict[str, str], terms: list[str], steps: int) -> None:
        self.chosen, self.owners, self.terms = chosen, owners, terms
        self.at = {max(round(share * steps) - 1, 0) for share in MOMENTS}
        self.found: dict[str, list[Finding]] = {part.name: [] for part in chosen}

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Judge, at the chosen steps."""
        if trainer.fit_loop.epoch_loop.total_batch_idx not in self.at:
            return
        assert isinstance(pl_module, TappedModule)
        with torch.random.fork_rng(devices=[]):
            probe = Probe(pl_module, batch, pl_module.progress)
            copies = {part.name: part for part in parts(probe.module)}
            for part in self.chosen:
                terms = [term for term in self.terms if self.owners.get(term, 'model') == part.name]
                sign = expected_sign(part.family)
                assert sign is not None
                judge = JUDGES[sign]
                try:
                    self.found[part.name].append(judge(probe, copies[part.name], terms))
                except (RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
                    # a user's class may not support what the check tries; that says nothing about the sign
                    evidence = f'{part.name}: cannot be probed ({type(error).__name__}: {str(error)[:120]})'
                    self.found[part.name].append(Finding(NAME, 'undecided', evidence))

    def best(self, part: Part) -> Finding:
        """Return the finding of the majority of the probed steps, of those that passed or failed."""
        found = self.found[part.name]
        wrong, right, unsure, empty = (
            [finding for finding in found if finding.verdict == verdict]
            for verdict in ('fail', 'pass', 'undecided', 'does not apply')
        )
        chosen = wrong if len(wrong) > len(right) else right or unsure or empty
        lost = Finding(NAME, 'undecided', f'{part.name}: the training ended before it could be probed')
        return chosen[0] if chosen else lost
