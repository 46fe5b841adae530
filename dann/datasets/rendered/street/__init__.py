"""Street vehicles by day and by night: two illuminations and cameras of one scene model."""

from dann.datasets.rendered.street.dataset import Street, paired_examples
from dann.datasets.rendered.street.light import day, night
from dann.datasets.rendered.street.render import picture, render
from dann.datasets.rendered.street.scene import Scenes, sample

__all__ = ['Scenes', 'Street', 'day', 'night', 'paired_examples', 'picture', 'render', 'sample']
