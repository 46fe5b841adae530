"""How the groups of a benchmark's samples fare: ``dann fairness``."""
