"""A new head learns from the labels that are given, on the features of a network that stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from toy import Toy

from dann.advising import scored
from dann.advising.scored import Head, heads_on_test, held_out
from dann.advising.trial import Asked
from dann.datasets.few_labels import draw_more, draw_shots
from dann.engine.trained import TrainedModel


class Brightness:
    """A network whose features are the mean of each channel, and which always predicts the first class."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def features(self, samples: torch.Tensor) -> NDArray[np.float32]:
        self.seen.append(len(samples))
        return samples.float().mean(dim=(2, 3)).numpy()

    def predict_proba(self, samples: torch.Tensor) -> NDArray[np.float32]:
        return np.eye(3, dtype=np.float32)[np.zeros(len(samples), int)]


def planted(monkeypatch: Any, tmp_path: Path) -> tuple[Brightness, Toy]:
    network, target = Brightness(), Toy('b', root=str(tmp_path))
    target.prepare()
    models = {('source_only', 3): network, ('mmd', 3): network}
    monkeypatch.setattr(scored, '_models', lambda folder: models)
    return network, target


def test_the_head_is_fitted_to_the_labels() -> None:
    labels = torch.tensor([2, 0, 1, 2, 0, 1])
    samples = torch.zeros(6, 3, 4, 4)
    samples[torch.arange(6), labels] = 50
    head = Head(cast('TrainedModel', Brightness()), samples, labels)
    assert head.predict(samples.flip(0)).tolist() == labels.flip(0).tolist()


def test_options_are_scored_on_labels_behind_those_of_the_trial(monkeypatch: Any, tmp_path: Path) -> None:
    network, target = planted(monkeypatch, tmp_path)
    asked = Asked('toy', {}, {}, labels=6, held=2)
    found = held_out(tmp_path, asked, {3: target})
    assert found['source_only'] == found['mmd'] == 1 / 3
    trained, labels = draw_shots(target, 4, 3)
    places, truth = draw_more(target, 4, 2, 3)
    images = target.images('train')[:]
    own = Head(cast('TrainedModel', Brightness()), images[trained], labels).predict(images[places])
    assert found['head_only'] == (own == truth.numpy()).mean()
    assert network.seen == [12, 6]


def test_full_training_scores_heads_on_the_test_split_with_all_labels(
    monkeypatch: Any, tmp_path: Path
) -> None:
    network, target = planted(monkeypatch, tmp_path)
    found = heads_on_test(tmp_path, Asked('toy', {}, {}, labels=6, held=2), {3: target})
    trained, labels = draw_shots(target, 6, 3)
    own = Head(cast('TrainedModel', Brightness()), target.images('train')[:][trained], labels)
    right = own.predict(target.images('test')[:]) == target.labels('test').numpy()
    assert found == {3: right.mean()}
    assert network.seen == [18, 12]
