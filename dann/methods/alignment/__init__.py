"""Losses on the gap between two domains, one a file; a file dropped in here is known everywhere."""

from dann.discovery import import_room
from dann.methods.alignment.base import Alignment
from dann.views import Losses

import_room(__name__)

__all__ = ['Alignment', 'Losses']
