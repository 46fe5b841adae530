"""Traffic signs drawn from shapes and seen through a simulated camera."""

from dann.datasets.signs.classes import SIGNS

__all__ = ['SIGNS']
