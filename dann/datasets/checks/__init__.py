"""The user's own data, checked before training: unreadable images, leakage, copies, labels and label shift."""

from dann.datasets.checks.checking import Check, check_data
from dann.datasets.checks.faults import FAULTS, Finding, Findings

__all__ = ['FAULTS', 'Check', 'Finding', 'Findings', 'check_data']
