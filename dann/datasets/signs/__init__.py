"""Traffic signs drawn from shapes and seen through a simulated camera."""

from dann.datasets.signs.chart import chart
from dann.datasets.signs.classes import SIGNS
from dann.datasets.signs.dataset import SynSigns, render
from dann.datasets.signs.drawings import draw, drawings

__all__ = ['SIGNS', 'SynSigns', 'chart', 'draw', 'drawings', 'render']
