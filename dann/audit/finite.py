"""No NaN and no infinity."""

from __future__ import annotations

import math

from dann.audit.findings import Finding
from dann.audit.subject import Subject


def finite_numbers(subject: Subject) -> Finding:
    """Check that terms, weights and outputs are finite in the first training."""
    base, values = subject.base, subject.watch.values
    views = base.module.splits
    terms = [name for name, seen in values.items() if not all(map(math.isfinite, seen))]
    weights = [name for name, value in base.after.items() if not bool(value.isfinite().all())]
    outputs = [
        f'outputs on {split}' for split, view in views.items() if not bool(view.logits.isfinite().all())
    ]
    if wrong := [*(f'loss/{term}' for term in terms), *weights, *outputs]:
        return Finding('finite numbers', 'fail', f'NaN or infinite: {", ".join(wrong[:5])}')
    evidence = (
        f'{len(values)} terms over {subject.trainings.steps} steps, {len(base.after)} tensors and '
        f'the outputs on {len(views)} splits are finite'
    )
    return Finding('finite numbers', 'pass', evidence)
