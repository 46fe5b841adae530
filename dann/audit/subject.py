"""What is audited: one row, its trainings, and what was seen in the first of them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from dann.audit.certain import certain
from dann.audit.parts import Part, parts
from dann.audit.tapped import TappedModule, method_class
from dann.audit.trainings import Saver, Trained, Trainings
from dann.audit.watch import Watch
from dann.audit.weights import differing
from dann.datasets.pair import DomainPair
from dann.engine.module import AdaptationModule


class Subject:
    """One row, with the trainings that several checks look at made once.

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
        """The training that nothing was changed in."""
        return self.trainings.fit(change=self.watch.attach, callbacks=[Saver(self.checkpoint)])

    @cached_property
    def again(self) -> Trained:
        """The same once more."""
        return self.trainings.fit(anew=True)

    @cached_property
    def sure(self) -> Trained:
        """A training from weights whose predictions are certain."""
        return self.trainings.fit(change=self.certain)

    def certain(self, module: AdaptationModule) -> None:
        """Make the predictions of a new module certain."""
        certain(module, pair=self.pair)

    @property
    def repeats(self) -> bool:
        """Whether both end with the same weights, without which nothing can be told from a difference."""
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
        trains = method_class(module) is not AdaptationModule
        return trains or module.sees_target or module.alignment is not None or styled
