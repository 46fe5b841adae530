"""Losses on the gap between two domains, one a file; a class defined here is registered everywhere."""

from dann.core.alignment import Alignment
from dann.core.views import Losses

__all__ = ['Alignment', 'Losses']
