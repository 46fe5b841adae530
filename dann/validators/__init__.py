"""Scores that choose a model without target labels, one a file.

``from dann.validators import InfoMax`` finds the class in the file that defines it, so that a new score stands in no
list.
"""

from __future__ import annotations

from dann.core.registry import found_by_name, registered
from dann.core.validator import Validator

__all__ = ['Validator']
__getattr__, __dir__ = found_by_name(__name__, lambda: registered(Validator, __name__), __all__)
