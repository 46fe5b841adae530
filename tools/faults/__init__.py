"""Faults planted on purpose, and what the commands make of them: ``make test-faults``."""
