"""The features of two domains in one network: what the distances are measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dann.shift.arrays import Array
from dann.shift.classes import Classes


@dataclass(frozen=True, slots=True)
class Seen:
    """Both domains as one network, or the eye (``pixels``), sees them: a row of the table.

    Args:
        name: Row of the table.
        source: Features, shape ``(Ns, D)``.
        target: Features, shape ``(Nt, D)``.
        layers: Both domains' features in each layer, from the first to the last.
        predicted: The target's classes as the network predicts them, shape ``(Nt,)``; ``None`` where there is no
            classifier.
        held_out: Predicted classes and classes of source samples that the network was not trained on.
        uses_target_labels: Whether the network was trained with target labels.
    """

    name: str
    source: Array
    target: Array
    layers: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    predicted: Classes | None = None
    held_out: tuple[Classes, Classes] | None = None
    uses_target_labels: bool = False
