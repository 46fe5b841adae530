"""Traffic signs drawn from shapes and seen through a simulated camera."""

from dann.datasets.rendered.signs.chart import chart
from dann.datasets.rendered.signs.classes import SIGNS
from dann.datasets.rendered.signs.dataset import SynSigns, render
from dann.datasets.rendered.signs.drawings import draw, drawings

__all__ = ['SIGNS', 'SynSigns', 'chart', 'draw', 'drawings', 'render']
