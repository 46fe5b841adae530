"""Scores that choose a model without target labels, one a file."""

from dann.discovery import import_room
from dann.validators.base import Validator

import_room(__name__)

__all__ = ['Validator']
