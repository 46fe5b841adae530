"""What a network is trained for: the source loss and how its output is scored."""

from dann.tasks.classification import Classification

__all__ = ['Classification']
