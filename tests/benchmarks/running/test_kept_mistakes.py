"""Which mistakes a job keeps."""

from pathlib import Path

import numpy as np
import torch

from dann.benchmarks.running.kept_mistakes import keep_mistakes, most_wrong, thumbnails
from dann.core.views import View
from dann.datasets.augment import Augment

# true class, and the probability of class 1 of two
TRUE = torch.tensor([0, 0, 1, 0, 1, 0, 0, 0])
SECOND = torch.tensor([0.1, 0.6, 0.9, 0.9, 0.2, 0.7, 0.8, 0.95])
PROBABILITIES = torch.stack([1 - SECOND, SECOND], dim=1)


def test_the_most_confident_mistakes_of_each_class_are_kept() -> None:
    assert most_wrong(PROBABILITIES, TRUE).tolist() == [7, 3, 6, 5, 4]  # the fifth of class 0 is one too many
    assert most_wrong(PROBABILITIES[:1], TRUE[:1]).tolist() == []


def test_of_many_classes_those_with_most_mistakes() -> None:
    labels = torch.arange(20).repeat_interleave(torch.tensor([1] * 4 + [2] * 16))
    probabilities = torch.eye(20)[(labels + 1) % 20]
    assert set(labels[most_wrong(probabilities, labels)].tolist()) == set(range(4, 20))


def test_images_are_kept_small(tmp_path: Path) -> None:
    images = torch.arange(8, dtype=torch.uint8)[:, None, None, None].expand(8, 3, 96, 48)
    view = View(torch.zeros(8, 1), PROBABILITIES.log())
    keep_mistakes(tmp_path, view, TRUE, images, Augment())
    with np.load(tmp_path / 'mistakes.npz') as kept:
        assert kept['images'].shape == (5, 3, 64, 32)
        assert kept['images'][:, 0, 0, 0].tolist() == kept['index'].tolist() == [7, 3, 6, 5, 4]
        assert kept['true'].tolist() == [0, 0, 0, 0, 1]
        assert kept['predicted'].tolist() == [1, 1, 1, 1, 0]
        assert np.allclose(kept['confidence'], [0.95, 0.9, 0.8, 0.7, 0.8])


def test_what_is_no_image_is_not_kept(tmp_path: Path) -> None:
    keep_mistakes(tmp_path, View(torch.zeros(8, 1), PROBABILITIES), TRUE, torch.zeros(8, 4), Augment())
    assert not (tmp_path / 'mistakes.npz').exists()
    assert thumbnails(torch.ones(0, 3, 96, 96)).shape[0] == 0
    assert set(thumbnails(torch.full((1, 1, 8, 8), 0.5)).flatten().tolist()) == {128}
