"""Intervals, paired tests, ranks and rank correlations."""
