"""Fine-tune, adapt or train anew? A short trial, what its figures say, and how often they were right.

``advise`` does all of it; ``dann advise`` is the same as a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dann.core.registry import imported_when_used

if TYPE_CHECKING:
    from dann.advising.advice import Advice
    from dann.advising.advising import advise
    from dann.advising.figures import Figures, Measured, Outcome
    from dann.advising.rule import Answer, Rule, Threshold

_HOMES = {
    'Advice': 'advice',
    'Answer': 'rule',
    'Figures': 'figures',
    'Measured': 'figures',
    'Outcome': 'figures',
    'Rule': 'rule',
    'Threshold': 'rule',
    'advise': 'advising',
}
__all__ = ['Advice', 'Answer', 'Figures', 'Measured', 'Outcome', 'Rule', 'Threshold', 'advise']
__getattr__, __dir__ = imported_when_used(__name__, _HOMES)
