"""One-line mutations of the code, each of which must make one of its tests fail: ``make mutants``."""
