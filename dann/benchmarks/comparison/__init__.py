"""Evaluation of selection rules, significance of differences, and ranks across benchmarks."""
