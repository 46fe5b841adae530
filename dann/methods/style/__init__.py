"""Style transfer from target to source images, one family a file; a file dropped in here is known everywhere."""

from dann.discovery import import_room
from dann.methods.style.base import Style

import_room(__name__)

__all__ = ['Style']
