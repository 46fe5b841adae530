"""Data of one's own, checked before training: unreadable images, leakage, labels, counts, label shift."""

from dann.datasets.checks.checking import Check, check_data
from dann.datasets.checks.faults import FAULTS, Finding, Findings
from dann.datasets.checks.sheet import contact_sheet

__all__ = ['FAULTS', 'Check', 'Finding', 'Findings', 'check_data', 'contact_sheet']
