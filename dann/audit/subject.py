"""The row under audit: its trainings, and what was recorded in the first of them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from dann.audit.certain import make_certain
from dann.audit.parts import Part, parts
from dann.audit.tapped import TappedModule, method_class
from dann.audit.trainings import Saver, Trained, Trainings
from dann.audit.watch import Watch
from dann.audit.weights import differing
from dann.datasets.pair import DomainPair
from dann.engine.module import AdaptationModule


class Subject:
    """One row under audit. Trainings that several checks need are run once and kept.

    Args:
        trainings: Of the row.
        folder: An empty one, for its files.
    """

    def __init__(self, trainings: Trainings, folder: Path) -> None:
        self.trainings, self.folder = trainings, folder
        self.watch = Watch()

    @property
    def pair(self) -> DomainPair:
        """The data."""
        return self.trainings.pair

    @property
    def checkpoint(self) -> Path:
        """Where the first training left a checkpoint half-way."""
        return self.folder / 'half.ckpt'

    @cached_property
    def base(self) -> Trained:
        """The training without any change."""
        return self.trainings.fit(change=self.watch.attach, callbacks=[Saver(self.checkpoint)])

    @cached_property
    def again(self) -> Trained:
        """The same training, run a second time."""
        return self.trainings.fit(anew=True)

    @cached_property
    def sure(self) -> Trained:
        """A training that starts from certain predictions."""
        return self.trainings.fit(change=self.make_certain)

    def make_certain(self, module: AdaptationModule) -> None:
        """Make the predictions of a new module certain."""
        make_certain(module, pair=self.pair)

    @property
    def repeats(self) -> bool:
        """Whether ``base`` and ``again`` end with equal weights; if not, no difference to them proves anything."""
        return not differing(self.base.after, self.again.after)

    @property
    def module(self) -> TappedModule:
        """The module as the first training left it."""
        return self.base.module

    @property
    def parts(self) -> list[Part]:
        """What the row adds to a network trained on the source."""
        return parts(self.module)

    @property
    def looks_at_target(self) -> bool:
        """Whether the row says that its training uses target images."""
        style, module = self.module.style, self.module
        styled = style is not None and (style.on_images or style.on_features)
        trains = method_class(module) is not AdaptationModule and not module.generalises
        looks = module.alignment is not None or module.pretraining is not None or styled
        return trains or module.sees_target or looks
