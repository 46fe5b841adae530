"""Online methods side by side: the same streams past the same networks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from dann.core.errors import UserError, check
from dann.core.online_method import OnlineMethod
from dann.engine.trained import TrainedModel
from dann.methods.online.chosen import make
from dann.transfer.online.deployed import Deployed
from dann.transfer.online.passing import predictions
from dann.transfer.online.report import OnlineReport, Row
from dann.transfer.online.scoring import accuracies
from dann.transfer.online.stream import Stream


@dataclass(frozen=True, slots=True)
class Passing:
    """One pass that is under way.

    Args:
        method: As it was named.
        number: Of the pass, from 0.
        images: That have passed in it.
    """

    method: str
    number: int
    images: int


def online(
    models: Sequence[TrainedModel],
    streams: Sequence[Stream],
    methods: Sequence[str],
    *,
    source: Tensor | None = None,
    tick: Callable[[Passing], object] = bool,
) -> OnlineReport:
    """Return how right each method was on streams that went once past it.

    Args:
        models: Stream ``i`` passes network ``i``, and the first again after the last.
        streams: Seed ``i`` is stream ``i``, and the seed of what a method draws.
        methods: As ``make`` takes them, for example ``tent`` or ``tent:lr=0.01``.
        source: Unlabelled samples of the source, as they are stored, for the methods that need some.
        tick: Told what has passed after every batch.

    Raises:
        UserError: The data are of other classes than a model, or a method cannot adapt it.
        RunError: A method predicts what is no number.
    """
    check(bool(models and streams and methods), 'expected at least one model, one stream and one method')
    check(len(set(methods)) == len(methods), f'expected each method once, got {", ".join(methods)}')
    protocols = sorted({each.protocol for each in streams})
    check(len(protocols) == 1, f'expected streams of one protocol, got {", ".join(protocols)}')
    for model in models:
        for stream in streams:
            _check(model, stream)
    rows, number = [Row(name, [], []) for name in methods], 0
    for seed, stream in enumerate(streams):
        model = models[seed % len(models)]
        stream.prepare()
        for row in rows:
            method = started(row.method, model, source, seed)
            began = time.monotonic()
            predicted = predictions(
                method, stream.incoming(), partial(entering, model), _telling(tick, row.method, number)
            )
            row.seconds.append(time.monotonic() - began)
            row.scores.append(accuracies(stream, predicted))
            number += 1
    return OnlineReport(tuple(streams), tuple(dict.fromkeys(map(_words, models))), len(models), tuple(rows))


def started(name: str, model: TrainedModel, source: Tensor | None = None, seed: int = 0) -> OnlineMethod:
    """Return a method that begins with a model's network.

    Args:
        name: As ``make`` takes it.
        model: Is left as it is.
        source: Unlabelled samples of the source, as they are stored.
        seed: Of what the method draws.

    Raises:
        UserError: It is for images and the model takes none, or the network has nothing that it adapts.
    """
    method = make(name)
    if method.images_only and not model.of_images:
        raise UserError(f'{name} changes images, and the model takes none; leave {name} out of the methods')
    method.start(Deployed(model), None if source is None else entering(model, source), seed)
    return method


def entering(model: TrainedModel, samples: Tensor) -> Tensor:
    """Return what enters a model's network of samples as they are stored."""
    return model.entering(model.taken(samples))


def _telling(tick: Callable[[Passing], object], method: str, number: int) -> Callable[[int], object]:
    passed = 0

    def tell(images: int) -> object:
        nonlocal passed
        passed += images
        return tick(Passing(method, number, passed))

    return tell


def _words(model: TrainedModel) -> str:
    domains = model.card.get('domains') or {}
    return ', '.join(
        [str(model.card.get('method')), *([f'{domains["source"]} to {domains["target"]}'] if domains else [])]
    )


def _check(model: TrainedModel, stream: Stream) -> None:
    for segment in stream.segments:
        classes = tuple(segment.target.classes)
        if segment.target.labelled and classes != model.classes:
            raise UserError(
                f'{segment.target.name} has the classes {", ".join(classes)}, and the model was trained on '
                f'{", ".join(model.classes)}; name data of the same classes with --data'
            )
