"""Adaptation methods: alignment losses, styles, and training procedures. A class defined here is registered."""
