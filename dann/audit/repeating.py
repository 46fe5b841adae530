"""Determinism and exact resume."""

from __future__ import annotations

from dann.audit.findings import Finding
from dann.audit.subject import Subject
from dann.audit.weights import compared, differing


def determinism(subject: Subject) -> Finding:
    """Check that two trainings with the same seed end with the same weights."""
    evidence = compared(subject.base.after, subject.again.after)
    if subject.repeats:
        return Finding('determinism', 'pass', f'seed {subject.trainings.seed} twice: {evidence}')
    why = 'something draws outside the seeded generators, or counts across runs'
    return Finding('determinism', 'fail', f'seed {subject.trainings.seed} twice: {evidence}; {why}')


def exact_resume(subject: Subject) -> Finding:
    """Check that a training resumed from a checkpoint ends with the weights of one that was not stopped.

    A step counter kept as a plain number starts at 0 in the new process, so all that depends on it differs.
    """
    base, steps = subject.base, subject.trainings.steps
    if not subject.repeats:
        return Finding('exact resume', 'undecided', 'the training does not repeat even without a stop')
    resumed = subject.trainings.fit(anew=True, resume=subject.checkpoint)
    evidence = (
        f'stopped after {steps // 2} of {steps} steps and continued: {compared(base.after, resumed.after)}'
    )
    if not differing(base.after, resumed.after):
        return Finding('exact resume', 'pass', evidence)
    lost = [
        f'{name} ends at {value} uninterrupted and at {resumed.plain.get(name)} resumed'
        for name, value in base.plain.items()
        if resumed.plain.get(name) != value
    ]
    hidden = f'; a hidden counter: {", ".join(lost[:3])}, which no state dict holds' if lost else ''
    return Finding('exact resume', 'fail', evidence + hidden)
