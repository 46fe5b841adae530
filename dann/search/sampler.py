"""Draws of hyper-parameters from their ranges, through Optuna."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dann.core.errors import UserError, unknown
from dann.core.search_space import Categorical, Int, Values

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import Trial

SAMPLERS = ('random', 'tpe')
STARTUP = 10  # trials that TPE draws at random before it has something to learn from
BATCH = 5  # trials drawn at once; a constant, or the draws would depend on the number of workers
DIGITS = 4  # significant ones of a number that is drawn, so that it can be read and typed again


@dataclass(frozen=True, slots=True)
class Option:
    """A hyper-parameter that a search may set.

    Args:
        where: The values it may take.
        default: Its value where the row sets none; ``None`` is a valid value.
    """

    where: Values
    default: Any

    @property
    def has_default(self) -> bool:
        """Whether the default is one of the values that a search may draw."""
        if isinstance(self.where, Categorical):
            return self.default in self.where.options
        number = isinstance(self.default, int | float) and not isinstance(self.default, bool)
        return number and self.where.low <= self.default <= self.where.high


class Draws:
    """The trials of one row, each drawn with the scores known so far.

    A draw depends on the row's name, the seed, and the earlier calls of ``ask`` and ``tell`` in their order:
    repeating the calls repeats the draws, so no state is kept on disk.

    Args:
        options: What is searched, by name.
        sampler: ``random``, or ``tpe`` for the tree-structured Parzen estimator.
        seed: Of the draws.
        row: Name of the row, so that rows with the same options draw different values.

    Raises:
        UserError: An unknown sampler, or Optuna is not installed.

    Reference:
        `Algorithms for Hyper-Parameter Optimization
        <https://papers.nips.cc/paper/2011/hash/86e8f7ab32cfd12577bc2619bc635690-Abstract.html>`_, sec. 4 (TPE), in
        Optuna's multivariate form. `Random Search for Hyper-Parameter Optimization
        <https://www.jmlr.org/papers/v13/bergstra12a.html>`_.
    """

    def __init__(self, options: Mapping[str, Option], sampler: str, seed: int, row: str) -> None:
        optuna = installed()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.options = dict(options)
        self.distributions = {name: _distribution(option.where) for name, option in options.items()}
        of_row = int.from_bytes(hashlib.sha256(f'{seed} {row}'.encode()).digest()[:4], 'big')
        self.study = optuna.create_study(direction='maximize', sampler=_sampler(sampler, of_row))
        self.asked: dict[int, Trial] = {}

    def defaults(self) -> dict[str, Any]:
        """Return the values of trial 0: the defaults of the row."""
        return {name: option.default for name, option in self.options.items()}

    def ask(self, number: int) -> dict[str, Any]:
        """Return the values of trial ``number``, above 0."""
        trial = self.study.ask(self.distributions)
        self.asked[number] = trial
        return {name: _value(self.options[name].where, trial.params[name]) for name in self.options}

    def tell(self, number: int, score: float) -> None:
        """Report the score of trial ``number``: NaN for one that failed, which counts as worse than any other."""
        value = -math.inf if math.isnan(score) else score
        if number in self.asked:
            self.study.tell(self.asked.pop(number), value)
        elif self.options and all(option.has_default for option in self.options.values()):
            self._tell_defaults(value)

    def _tell_defaults(self, value: float) -> None:
        from optuna.trial import create_trial

        params = {name: _internal(option) for name, option in self.options.items()}
        self.study.add_trial(create_trial(params=params, distributions=self.distributions, value=value))


def installed() -> Any:
    """Return Optuna.

    Raises:
        UserError: It is not installed.
    """
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise UserError(
            "`dann search` needs Optuna; pip install -e '.[search]' in dann's source folder"
        ) from error
    return optuna


def rounds(trials: int, sampler: str) -> list[range]:
    """Return the numbers of the trials in rounds: a round is drawn at once, before its scores are known.

    Random draws need no scores, so they are one round.
    """
    if sampler == 'random':
        return [range(trials)]
    starts = [0, *range(STARTUP, trials, BATCH)]
    return [
        range(start, min(stop, trials)) for start, stop in zip(starts, [*starts[1:], trials], strict=True)
    ]


def _sampler(name: str, seed: int) -> BaseSampler:
    optuna = installed()
    sampler: BaseSampler
    if name == 'random':
        sampler = optuna.samplers.RandomSampler(seed=seed)
    elif name == 'tpe':
        sampler = optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=STARTUP, multivariate=True, constant_liar=True
        )
    else:
        raise unknown('sampler', name, SAMPLERS)
    return sampler


def _distribution(where: Values) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(where, Categorical):  # by position: Optuna has no options that are lists
        return CategoricalDistribution(tuple(range(len(where.options))))
    if isinstance(where, Int):
        return IntDistribution(where.low, where.high, log=where.log)
    return FloatDistribution(where.low, where.high, log=where.log)


def _value(where: Values, drawn: Any) -> Any:
    if isinstance(where, Categorical):
        return where.options[drawn]
    if isinstance(drawn, int):
        return drawn
    return min(max(float(f'{drawn:.{DIGITS}g}'), float(where.low)), float(where.high))


def _internal(option: Option) -> Any:
    return (
        option.where.options.index(option.default)
        if isinstance(option.where, Categorical)
        else option.default
    )
