"""Hyper-parameter search without target labels."""
