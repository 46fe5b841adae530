"""Strength as a pure function of training progress."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from dann.core.errors import check
from dann.core.remembered import Remembered


class Schedule(Remembered, ABC):
    """A number that depends only on progress in [0, 1]."""

    @abstractmethod
    def __call__(self, progress: float) -> float:
        """Return the value at ``progress``: 0 at the first step, 1 after the last."""

    def __repr__(self) -> str:
        options = ', '.join(f'{name}={value!r}' for name, value in vars(self).items() if name[0] != '_')
        return f'{type(self).__name__}({options})'


class Constant(Schedule):
    """The same value throughout.

    Args:
        peak: The value.
    """

    def __init__(self, peak: float = 1.0) -> None:
        self.peak = peak

    def __call__(self, progress: float) -> float:
        """Return ``peak``."""
        return self.peak


class Sigmoid(Schedule):
    r"""The ramp :math:`\lambda_p = \text{peak} \, (2 / (1 + e^{-\gamma p}) - 1)`.

    Args:
        gamma: Steepness, above 0. With 10 the ramp is half way up at 11 % of the run.
        peak: The value approached at the end.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, section 5.2.2.
        ``p`` runs over the whole planned training, as in the paper, and not over a fixed number of steps.

    Example:
        >>> ramp = Sigmoid()
        >>> [round(ramp(progress), 2) for progress in (0.0, 0.11, 0.5, 1.0)]
        [0.0, 0.5, 0.99, 1.0]
    """

    def __init__(self, gamma: float = 10.0, peak: float = 1.0) -> None:
        check(gamma > 0, f'expected `gamma` above 0, got {gamma}')
        self.gamma = gamma
        self.peak = peak

    def __call__(self, progress: float) -> float:
        """Return the ramp's value at ``progress``."""
        return self.peak * (2 / (1 + math.exp(-self.gamma * progress)) - 1)


class Linear(Schedule):
    """A straight line from ``start`` to ``stop``.

    Args:
        start: Value at progress 0.
        stop: Value at progress 1.
    """

    def __init__(self, start: float = 0.0, stop: float = 1.0) -> None:
        self.start = start
        self.stop = stop

    def __call__(self, progress: float) -> float:
        """Return the line's value at ``progress``."""
        return self.start + (self.stop - self.start) * progress


class Delayed(Schedule):
    """Zero before ``start``, the full value from then on.

    Args:
        start: Progress of the step, in [0, 1].
        peak: Value after it.
    """

    def __init__(self, start: float = 0.5, peak: float = 1.0) -> None:
        check(0 <= start <= 1, f'expected `start` in [0, 1], got {start}')
        self.start = start
        self.peak = peak

    def __call__(self, progress: float) -> float:
        """Return ``peak`` once ``progress`` has reached ``start``."""
        return self.peak if progress >= self.start else 0.0


class HalfCosine(Schedule):
    r"""A rise from 0 to ``peak`` along half a cosine: :math:`(1 - \cos \min(\pi, \pi p / b)) / 2`.

    Args:
        by: Progress ``b`` at which ``peak`` is reached, in (0, 1].
        peak: Value from then on.

    Reference:
        `AdaMatch: A Unified Approach to Semi-Supervised Learning and Domain Adaptation
        <https://arxiv.org/abs/2106.04732>`_ (Berthelot et al., ICLR 2022), with ``by`` of 0.5.

    Example:
        >>> rise = HalfCosine()
        >>> [round(rise(progress), 2) for progress in (0.0, 0.25, 0.5, 1.0)]
        [0.0, 0.5, 1.0, 1.0]
    """

    def __init__(self, by: float = 0.5, peak: float = 1.0) -> None:
        check(0 < by <= 1, f'expected `by` in (0, 1], got {by}')
        self.by = by
        self.peak = peak

    def __call__(self, progress: float) -> float:
        """Return the value at ``progress``."""
        return self.peak * (1 - math.cos(math.pi * min(1.0, progress / self.by))) / 2


class InverseDecay(Schedule):
    r"""The annealing :math:`\mu_p / \mu_0 = (1 + \alpha p)^{-\beta}`, for learning rates.

    Args:
        alpha: At least 0.
        beta: At least 0.

    Reference:
        `Domain-Adversarial Training of Neural Networks <https://arxiv.org/abs/1505.07818>`_, section 5.2.2.
    """

    def __init__(self, alpha: float = 10.0, beta: float = 0.75) -> None:
        check(alpha >= 0 and beta >= 0, f'expected `alpha` and `beta` of at least 0, got {alpha} and {beta}')
        self.alpha = alpha
        self.beta = beta

    def __call__(self, progress: float) -> float:
        """Return the factor on the initial learning rate at ``progress``."""
        return float((1 + self.alpha * progress) ** -self.beta)


class Cosine(Schedule):
    r"""Half a cosine from 1 to the floor: :math:`f + (1 - f) (1 + \cos \pi p) / 2`, for learning rates.

    Args:
        floor: Value at the end, in [0, 1].

    Reference:
        `SGDR: Stochastic Gradient Descent with Warm Restarts <https://arxiv.org/abs/1608.03983>`_ (Loshchilov and
        Hutter, ICLR 2017), eq. 5, without restarts.
    """

    def __init__(self, floor: float = 0.0) -> None:
        check(0 <= floor <= 1, f'expected `floor` in [0, 1], got {floor}')
        self.floor = floor

    def __call__(self, progress: float) -> float:
        """Return the factor on the initial learning rate at ``progress``."""
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * progress)) / 2


class Steps(Schedule):
    r"""A staircase: the product of ``factor`` with itself as often as ``every`` fits into the progress.

    .. math:: f^{\lfloor p / e \rfloor}

    Args:
        every: Progress ``e`` between two steps, in (0, 1].
        factor: Of each step, above 0 and up to 1.

    Example:
        >>> halved = Steps(every=0.25, factor=0.5)
        >>> [halved(progress) for progress in (0.0, 0.25, 0.6, 0.99)]
        [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, every: float = 0.1, factor: float = 0.5) -> None:
        check(0 < every <= 1, f'expected `every` in (0, 1], got {every}')
        check(0 < factor <= 1, f'expected `factor` in (0, 1], got {factor}')
        self.every = every
        self.factor = factor

    def __call__(self, progress: float) -> float:
        """Return the factor on the initial learning rate at ``progress``."""
        # a step is due at the progress that is its multiple, whichever way that was rounded
        return float(self.factor ** math.floor(progress / self.every + 1e-9))
