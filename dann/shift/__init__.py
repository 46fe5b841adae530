"""How far apart two domains are: one distance a file, each a function of two feature matrices.

``gap`` measures all of them on two domains; ``dann gap`` is the same as a command.
"""

from dann.shift.report import GapReport, HalvesReport, gap, repeat_halves

__all__ = ['GapReport', 'HalvesReport', 'gap', 'repeat_halves']
