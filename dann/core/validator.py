"""The base class of validators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

from dann.core.frozen import freeze_tables
from dann.core.registry import registered
from dann.core.views import View


class Validator(ABC):
    """A score that chooses a model without target labels; higher is better.

    A subclass sets ``name`` and writes ``score``. Records call the score ``val/<name>``. A score that a model leaves
    undefined is NaN: an evaluation does not end a run.

    ``needs`` names further passes of the target's validation images through the network, whose results the score
    reads from ``target.extra``: ``needs = ('mixup',)`` for predictions on mixed images. A pass costs about as much as
    the evaluation itself and is run only if some validator of the run needs it; ``dann.engine.passes`` lists them.

    ``default`` says whether a run computes the score without being asked. Set it to ``False`` for an expensive one:
    it is then computed where a configuration names it, as in ``validators: [+MyScore]``, and nowhere else.

    ``cost`` says whether the score is ``cheap`` or ``dear``: about 0.4 seconds of one core or more for splits of 5,000
    samples, as ``python benchmarks/validator_cost.py`` measures. A run computes dear ones at its last evaluation only,
    unless ``dear_validators`` of ``AdaptationModule`` says otherwise or its checkpoints are chosen by them.

    ``estimates`` says whether the score is an estimate of target accuracy, a fraction. Those in ``dann.validators`` are
    computed wherever the target has no labels, and reported in the place of accuracy.
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    default: ClassVar[bool] = True
    cost: ClassVar[Literal['cheap', 'dear']] = 'cheap'
    estimates: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        freeze_tables(cls)

    @abstractmethod
    def score(self, source: View, target: View) -> float:
        """Return the score of two whole validation splits; ``target.labels`` is ``None``."""


def default_validators() -> list[Validator]:
    """Return one validator of each class in ``dann.validators`` that is computed by default, sorted by class name."""
    return [kind() for kind in registered(Validator, 'dann.validators').values() if kind.default]


def estimators() -> list[Validator]:
    """Return one validator of each class in ``dann.validators`` that estimates target accuracy, by class name."""
    return [kind() for kind in registered(Validator, 'dann.validators').values() if kind.estimates]
