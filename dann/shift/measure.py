"""All distances between two domains, from their features in one network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dann.shift.a_distance import ADistance, proxy_a_distance
from dann.shift.axes import common_axes
from dann.shift.classes import Classes, ClassGap, class_gaps, cross_predicted
from dann.shift.coral import coral_distance
from dann.shift.divergences import Divergences, divergences
from dann.shift.frechet import frechet_distance
from dann.shift.label_shift import LabelShift, label_shift
from dann.shift.mmd import MMDTest, mmd_test, unbiased_mmd
from dann.shift.seen import Seen
from dann.shift.sliced_wasserstein import sliced_wasserstein_distance

REGRESSION = 'logistic regression on the source features'
NETWORK = "the network's own classifier"


@dataclass(frozen=True, slots=True)
class Distances:
    """The distances of two feature matrices on their common axes.

    Args:
        source: Samples of the source.
        target: Samples of the target.
        dimension: Of the features.
        axes: Principal axes that were kept.
        kept: Share of the pooled variance on them.
        scale: What the features were divided by: times its square, Frechet is in the units of the features.
        a_distance: Proxy A-distance.
        mmd: Squared MMD with its test.
        coral: CORAL distance.
        frechet: Frechet distance of Gaussians.
        divergences: KL both ways, and Jensen-Shannon.
        sliced_wasserstein: Sliced Wasserstein distance.
    """

    source: int
    target: int
    dimension: int
    axes: int
    kept: float
    scale: float
    a_distance: ADistance
    mmd: MMDTest
    coral: float
    frechet: float
    divergences: Divergences
    sliced_wasserstein: float


@dataclass(frozen=True, slots=True)
class LayerGap:
    """One layer of a network.

    Args:
        name: Of the layer.
        a_distance: Proxy A-distance.
        mmd: Unbiased squared MMD.
    """

    name: str
    a_distance: float
    mmd: float


@dataclass(frozen=True, slots=True)
class Gap:
    """One row of the table: the distances between two domains in one network, or on pixels.

    Args:
        name: Of the row.
        distances: Of the features.
        layers: Of each layer, where there are several.
        classes: Of each class, by predicted class in the target; empty without labels of the source.
        label_shift: Estimated class shares of the target; ``None`` without labels of the source.
        classifier: What predicted the classes; empty where nothing did.
        uses_target_labels: Whether the network was trained with target labels.
    """

    name: str
    distances: Distances
    layers: tuple[LayerGap, ...] = ()
    classes: tuple[ClassGap, ...] = ()
    label_shift: LabelShift | None = None
    classifier: str = ''
    uses_target_labels: bool = False


def distances(source: ArrayLike, target: ArrayLike, *, permutations: int = 499, seed: int = 0) -> Distances:
    """Every distance between two feature matrices, on their common axes and scale.

    Args:
        source: Features, shape ``(Ns, D)``, ``Ns`` at least 10.
        target: Features, shape ``(Nt, D)``, ``Nt`` at least 10.
        permutations: Of the MMD's test.
        seed: Of all random draws.

    Raises:
        ValueError: Shapes that do not fit, too few samples, or values that are not finite.
    """
    common = common_axes(source, target)
    pair = common.source, common.target
    return Distances(
        source=len(pair[0]),
        target=len(pair[1]),
        dimension=np.shape(source)[1],
        axes=pair[0].shape[1],
        kept=common.kept,
        scale=common.scale,
        a_distance=proxy_a_distance(*pair, seed=seed),
        mmd=mmd_test(*pair, permutations=permutations, seed=seed),
        coral=coral_distance(*pair),
        frechet=frechet_distance(*pair),
        divergences=divergences(*pair, seed=seed),
        sliced_wasserstein=sliced_wasserstein_distance(*pair, seed=seed),
    )


def gap_of(
    seen: Seen, labels: Classes | None, names: Sequence[str], *, permutations: int = 499, seed: int = 0
) -> Gap:
    """Return all distances between two domains from their features.

    Args:
        seen: Features of both domains, and predicted classes where there is a classifier.
        labels: Classes of the source, shape ``(Ns,)``; ``None`` leaves classes and label shift out.
        names: Of the classes.
        permutations: Of the MMD's test.
        seed: Of all random draws.
    """
    whole = distances(seen.source, seen.target, permutations=permutations, seed=seed)
    layers = tuple(_layer(name, *pair, seed) for name, pair in seen.layers.items())
    classes, shift, classifier = _by_class(seen, labels, names, seed)
    return Gap(seen.name, whole, layers, classes, shift, classifier, seen.uses_target_labels)


def _layer(name: str, source: ArrayLike, target: ArrayLike, seed: int) -> LayerGap:
    common = common_axes(source, target)
    value = proxy_a_distance(common.source, common.target, seed=seed).value
    return LayerGap(name, value, unbiased_mmd(common.source, common.target))


def _by_class(
    seen: Seen, labels: Classes | None, names: Sequence[str], seed: int
) -> tuple[tuple[ClassGap, ...], LabelShift | None, str]:
    if labels is None:
        return (), None, ''
    common = common_axes(seen.source, seen.target)
    predicted, held_out, classifier = seen.predicted, seen.held_out, NETWORK
    if predicted is None or held_out is None:
        found = cross_predicted(common.source, labels, common.target, seed=seed)
        if found is None:
            return (), None, ''
        predicted, held_out, classifier = found[1], (found[0], labels), REGRESSION
    gaps = class_gaps(common.source, labels, common.target, predicted, names, seed=seed)
    return tuple(gaps), label_shift(*held_out, predicted, len(names), seed=seed), classifier
