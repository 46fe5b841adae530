"""First stages on images without labels, one a file; a class defined here is registered everywhere."""

from dann.core.pretraining import Pretraining

__all__ = ['Pretraining']
