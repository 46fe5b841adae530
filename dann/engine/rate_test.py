"""A learning rate for a network and its data: the range test, on the source loss alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise

from dann.core.errors import RunError, UserError, check
from dann.datasets.pair import DomainPair
from dann.engine.bank import attach
from dann.engine.module import AdaptationModule
from dann.engine.seeding import seed_torch, seeds_kept
from dann.reporting.palette import encode, look, new_figure

LOWEST, HIGHEST, STEPS = 1e-6, 1.0, 100
SMOOTHING = 0.98  # share of the running mean that a step keeps
DIVERGED = 4.0  # times the lowest loss so far, where the test ends
FLAT = 1e-6  # times the first loss: a fall that is rounding
FEWEST = 20  # steps, without which there is no curve to read


@dataclass(frozen=True, slots=True)
class Curve:
    """Source loss by learning rate.

    Args:
        rates: Learning rate of each step, rising.
        losses: Running mean of the source loss before each of these steps.
        suggested: The rate at which the loss falls fastest.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggested: float

    @property
    def text(self) -> str:
        """The curve in a dozen lines, and the suggestion."""
        every = max(1, len(self.rates) // 12)
        points = [f'{rate:.1e}  {loss:.3f}' for rate, loss in zip(self.rates, self.losses, strict=True)]
        rate = f'{self.suggested:.1e}'
        last = f'suggested lr: {rate}; set it with --model.optimizer.init_args.lr {rate}'
        return '\n'.join(['lr       source loss', *points[::every], last])

    def picture(self) -> bytes:
        """Return the curve as a PNG."""
        with look():
            figure = new_figure(5.0, 3.2)
            axes = figure.subplots()
            axes.plot(self.rates, self.losses)
            axes.axvline(self.suggested, linestyle=':', color='#888888')
            axes.set_xscale('log')
            axes.xaxis.set_major_formatter('{x:.0e}')  # no formula, which figures do not set
            axes.set_xlabel('learning rate')
            axes.set_ylabel('source loss')
            axes.set_title(f'Steepest at {self.suggested:.1e}')
            return encode(figure)


def range_test(
    module: AdaptationModule,
    pair: DomainPair,
    *,
    steps: int = STEPS,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
) -> Curve:
    """Train on the source loss while the learning rate rises from step to step, and suggest a rate.

    The rate rises by the same factor each step, and the test ends early where the loss is four times its lowest. The
    method's own terms, its style and all target images are left out, so nothing that is chosen here saw the target.
    Parameter groups keep the ratio of their rates. Afterwards the module is as it was.

    Args:
        module: On its device.
        pair: Its data.
        steps: At most.
        lowest: Rate of the first step.
        highest: Rate of the last step.

    Raises:
        UserError: The method takes its steps itself, or has a first stage.
        RunError: The loss does not fall anywhere, or not for long enough.

    Reference:
        `Cyclical Learning Rates for Training Neural Networks <https://arxiv.org/abs/1506.01186>`_ (Smith, WACV 2017),
        section 3.3, where the rate rises linearly; here exponentially, with the smoothing, the end and the suggestion
        of `fastai: A Layered API for Deep Learning <https://arxiv.org/abs/2002.04688>`_ (Howard and Gugger, 2020).
    """
    check(0 < lowest < highest, f'expected `lowest` above 0 and below `highest`, got {lowest} and {highest}')
    check(steps >= FEWEST, f'expected `steps` of at least {FEWEST}, got {steps}')
    if not module.automatic_optimization:
        raise UserError(
            f'{type(module).__name__} has several optimisers, or several steps in one, and the range test has one; '
            'leave the method out and test the rate of source-only'
        )
    if module.pretraining is not None:
        raise UserError(
            'the range test begins from the first weights and not from those of `pretraining`; leave `pretraining` out'
        )
    pair.prepare_data()
    pair.setup()
    rates = [lowest * (highest / lowest) ** (step / (steps - 1)) for step in range(steps)]
    with _unchanged(module):
        attach(module, pair, module.device)
        module.standardise(pair)
        losses = _losses(module, pair, rates)
        pair.stored, module.backbone.stored = {}, None
    return _curve(rates, losses)


@contextmanager
def _unchanged(module: AdaptationModule) -> Iterator[None]:
    """Give a module its weights, modes and the generator's state back."""
    state = deepcopy(module.state_dict())
    modes = {part: part.training for part in module.modules()}
    with seeds_kept(module.device):
        try:
            yield
        finally:
            module.load_state_dict(state)
            module.zero_grad(set_to_none=True)
            for part, training in modes.items():
                part.training = training


def _losses(module: AdaptationModule, pair: DomainPair, rates: Sequence[float]) -> list[float]:
    """Return the source loss before each step, up to where it diverges."""
    optimizer = module.optimizer(module.parameter_groups())
    batches, losses = pair.train_dataloader().dataset, list[float]()
    module.train()
    for step, rate in enumerate(rates):
        for group in optimizer.param_groups:
            group['lr'] = rate * group['lr_scale']
        seed_torch(step, module.device)
        images, labels = (part.to(module.device) for part in batches[step]['source'])
        loss = module.task.loss(module.network(images, labels))
        losses.append(float(loss.detach()))
        if not losses[-1] < DIVERGED * min(losses):
            break
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return losses


def smoothed(losses: Sequence[float], share: float = SMOOTHING) -> list[float]:
    """Return the running means of losses, of which a step keeps ``share``, without the weight of a start at 0."""
    found, mean = [], 0.0
    for count, loss in enumerate(losses, start=1):
        mean = share * mean + (1 - share) * loss
        found.append(mean / (1 - share**count))
    return found


def _curve(rates: Sequence[float], losses: Sequence[float]) -> Curve:
    """Return the smoothed curve with the rate of its steepest descent, which the first tenth and the end cannot be."""
    finite = [loss for loss in losses if math.isfinite(loss)]
    means = smoothed(finite)
    first, last = len(rates) // 10, len(means) - (5 if len(means) == len(rates) else 1)
    slopes = {rates[place]: after - before for place, (before, after) in enumerate(pairwise(means))}
    inner = {rate: slope for place, (rate, slope) in enumerate(slopes.items()) if first <= place < last}
    if len(finite) < FEWEST or not inner or min(inner.values()) > -FLAT * means[0]:
        raise RunError(
            f'the source loss does not fall at any learning rate from {rates[0]:.0e} to {rates[-1]:.0e}; '
            'check labels and weights, or that something is trained'
        )
    steepest = min(inner, key=lambda rate: inner[rate])
    return Curve(tuple(rates[: len(means)]), tuple(means), steepest)
