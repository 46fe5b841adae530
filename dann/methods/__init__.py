"""Adaptation methods, found by being here: alignment losses, styles, and training procedures."""
