"""Several alignments at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import nn

from dann.core.alignment import Alignment
from dann.core.errors import check
from dann.core.search_space import Search
from dann.core.views import Losses, View


class Together(Alignment):
    """A sum of alignments, each with its own weight and schedule.

    Its strength is the progress itself, from which every member computes its strength.

    Args:
        alignments: The members; their term names must differ.

    Fails when:
        The members work against each other: weights that suit each of them alone need not suit the sum.
    """

    family: ClassVar[str] = 'combined'
    search: ClassVar[Search] = {}  # its members are searched instead, each under its name

    def __init__(self, alignments: Sequence[Alignment]) -> None:
        super().__init__()
        check(len(alignments) > 0, 'expected at least one alignment, got none')
        self.alignments = nn.ModuleList(alignments)
        policies = {each.batch_norm_policy for each in alignments}
        self.batch_norm_policy = policies.pop() if len(policies) == 1 else 'joint'

    def build(self, feature_dim: int, num_classes: int) -> None:
        """Build the members."""
        for alignment in self.members():
            alignment.build(feature_dim, num_classes)

    def members(self) -> list[Alignment]:
        """Return the alignments."""
        return [alignment for alignment in self.alignments if isinstance(alignment, Alignment)]

    @property
    def bottleneck_norm(self) -> str:  # type: ignore[override]
        """The norm that a member asks for."""
        return next(
            (each.bottleneck_norm for each in self.members() if each.bottleneck_norm != 'none'), 'none'
        )

    @property
    def bottleneck_activation(self) -> str:  # type: ignore[override]
        """The activation that a member asks for."""
        own = (each.bottleneck_activation for each in self.members())
        return next((each for each in own if each != 'relu'), 'relu')

    def strength(self, progress: float) -> float:
        """Return ``progress`` itself."""
        return progress

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the terms of all members; ``strength`` is progress.

        Raises:
            ValueError: Two members use one term name.
        """
        losses: Losses = {}
        for alignment in self.members():
            terms = alignment(source, target, alignment.strength(strength))
            clash = losses.keys() & terms.keys()
            check(not clash, f'expected members with terms of their own, got {sorted(clash)} twice')
            losses |= terms
        return losses

    def diagnose(self, source: View, target: View) -> dict[str, float]:
        """Return the figures of all members."""
        return {
            key: value for member in self.members() for key, value in member.diagnose(source, target).items()
        }
