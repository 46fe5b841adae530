"""Runs all checks on one row of a benchmark."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from dann.audit.disjoint import disjoint_splits
from dann.audit.findings import Finding
from dann.audit.finite import finite_numbers
from dann.audit.firewall import label_firewall, target_data
from dann.audit.gradients.check import gradient_sign
from dann.audit.liveness import liveness
from dann.audit.repeating import determinism, exact_resume
from dann.audit.rows import Row
from dann.audit.sample import sample_pair
from dann.audit.subject import Subject
from dann.audit.trainings import INTERVALS, Trainings, build_run
from dann.core.errors import UserError
from dann.datasets.pair import DomainPair
from dann.engine.meter import NonFiniteLossError

CHECKS: dict[str, Callable[[Subject], Finding]] = {
    'determinism': determinism,
    'exact resume': exact_resume,
    'label firewall': label_firewall,
    'target data': target_data,
    'liveness': liveness,
    'gradient sign': gradient_sign,
}
LARGE = 3 * 64 * 64  # numbers in an image from which on batches and runs are made smaller


@dataclass
class Audit:
    """Audits rows; rows with the same data share one sample of it.

    Args:
        steps: Training steps of each short run.
    """

    steps: int = 16
    pairs: dict[str, tuple[DomainPair, Finding]] = field(default_factory=dict)

    def findings(self, row: Row) -> Iterator[Finding]:
        """Yield the finding of each check, as it comes.

        Raises:
            UserError: The row cannot be built here, for example because a package is missing.
        """
        try:
            pair, disjoint = self._data(row)
            trainings = _trainings(row, pair)
        except UserError:
            raise
        except Exception as error:
            # a user's class may raise anything when it is constructed
            yield Finding('finite numbers', 'fail', f'it cannot be built: {_line(error)}')
            return
        yield disjoint
        with TemporaryDirectory() as folder:
            yield from _checked(Subject(trainings, Path(folder)))

    def _data(self, row: Row) -> tuple[DomainPair, Finding]:
        """Return a part of the row's data, and what was found about the whole."""
        key = json.dumps([row.config['data'], row.config['seed_everything']], sort_keys=True, default=str)
        if key not in self.pairs:
            pair: DomainPair = build_run(row.config).datamodule
            pair.prepare_data()
            pair.setup()
            large = math.prod(pair.images['target', 'train'].shape[1:]) > LARGE
            self.pairs[key] = (
                sample_pair(
                    pair,
                    batch_size=min(pair.batch_size, 8 if large else 32),
                    steps_per_epoch=max((min(self.steps, 8) if large else self.steps) // INTERVALS, 1),
                ),
                disjoint_splits(pair),
            )
        return self.pairs[key]


def _trainings(row: Row, pair: DomainPair) -> Trainings:
    """Return the trainings of a row, half as long where they train a style, whose networks draw whole images."""
    trainings = Trainings(row.config, pair)
    style = trainings.untrained.style
    if style is not None and any(parameter.requires_grad for parameter in style.parameters()):
        trainings.pair = copy(pair)
        trainings.pair.steps_per_epoch = max(pair.steps_per_epoch // 2, 1)
    return trainings


def _checked(subject: Subject) -> Iterator[Finding]:
    """Yield what the first training shows, and the other findings if it went well."""
    first = _first(subject)
    yield first
    if first.verdict == 'pass':
        for name, check in CHECKS.items():
            yield _guarded(name, check, subject)


def _first(subject: Subject) -> Finding:
    """Train for the first time: a method that cannot do that has failed."""
    try:
        return finite_numbers(subject)
    except NonFiniteLossError as error:
        return Finding('finite numbers', 'fail', str(error))
    except UserError:
        raise
    except Exception as error:
        # a user's method may raise anything
        evidence = f'the first training broke off with {_line(error)}'
        return Finding('finite numbers', 'fail', evidence)


def _guarded(name: str, check: Callable[[Subject], Finding], subject: Subject) -> Finding:
    try:
        return check(subject)
    except NonFiniteLossError as error:
        return Finding(name, 'fail', str(error))
    except Exception as error:
        # the row trains, so the check is at fault: it says so, and the other checks go on
        evidence = f'the check itself broke off with {_line(error)}'
        return Finding(name, 'undecided', evidence)


def _line(error: Exception) -> str:
    return f'{type(error).__name__}: {" ".join(str(error).split())[:300]}'
