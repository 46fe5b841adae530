"""Methods that need a training step of their own, one a file; a file dropped in here is known everywhere."""

from dann.discovery import import_room

import_room(__name__)
