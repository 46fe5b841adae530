"""The evaluator of a stream: the only reader of its labels, after all is predicted."""

from __future__ import annotations

import torch
from torch import Tensor

from dann.transfer.online.stream import WHOLE, Segment, Stream


def accuracies(stream: Stream, predicted: Tensor) -> dict[str, float] | None:
    """Return the share of right predictions of the stream (``online``) and of each segment, by name.

    Args:
        stream: Has passed.
        predicted: Classes in the order of its batches, shape ``(N,)``.

    Returns:
        ``None`` where a domain has no labels.
    """
    if not all(each.target.labelled for each in stream.segments):
        return None
    truth = [_labels(segment) for segment in stream.segments]
    segment = torch.cat([batch.segment for batch in stream.batches])
    place = torch.cat([batch.place for batch in stream.batches])
    pairs = zip(segment.tolist(), place.tolist(), strict=True)
    right = predicted == torch.stack([truth[one][other] for one, other in pairs])
    of_segments = {
        each.name: float(right[segment == number].double().mean())
        for number, each in enumerate(stream.segments)
    }
    return {WHOLE: float(right.double().mean()), **of_segments}


def _labels(segment: Segment) -> Tensor:
    return segment.target.labels(segment.split)[segment.index]
