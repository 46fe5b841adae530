"""Alignments for tests of the harness: one that takes its time, one that breaks."""

from __future__ import annotations

import os
import time
from importlib import import_module

import torch

from dann import Alignment, Losses, View
from dann.core.errors import UserError


class Slow(Alignment):
    """CORAL's means, slowly, so that a test can kill the run in the middle of it; random, so that a resume shows."""

    family = 'moments'

    def forward(self, source: View, target: View, strength: float) -> Losses:
        time.sleep(0.02)
        noise = torch.rand(())
        return {'mean': strength * noise * (source.features.mean(0) - target.features.mean(0)).square().sum()}


class Breaks(Alignment):
    """Becomes NaN with the fifteenth step of twenty."""

    family = 'moments'

    def strength(self, progress: float) -> float:
        return float('nan') if progress >= 14 / 20 else 1.0

    def forward(self, source: View, target: View, strength: float) -> Losses:
        return {'fragile': strength * source.features.sum() * 1e-3}


class Dies(Alignment):
    """Takes its process with it."""

    family = 'moments'

    def forward(self, source: View, target: View, strength: float) -> Losses:
        os._exit(3)


class Absent(Alignment):
    """Needs a package that nobody has."""

    family = 'moments'

    def __init__(self) -> None:
        super().__init__()
        try:
            import_module('a_package_that_nobody_has')
        except ModuleNotFoundError as error:
            raise UserError("Absent needs a package; pip install -e '.[absent]'") from error

    def forward(self, source: View, target: View, strength: float) -> Losses:
        return {'absent': source.features.sum() * 0}
