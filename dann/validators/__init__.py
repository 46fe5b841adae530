"""Scores that choose a model without target labels, one a file."""

from dann.core.validator import Validator

__all__ = ['Validator']
