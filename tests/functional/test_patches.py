"""Images as squares, in loops and by counting."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dann.core.errors import CheckError
from dann.functional.patches import cut, kept_at_random, masked_error


def test_squares_are_read_row_by_row_with_channels_last() -> None:
    images = torch.randn(2, 3, 4, 6)
    found = cut(images, 2)
    assert found.shape == (2, 6, 12)
    for image in range(2):
        for place in range(6):
            top, left = 2 * (place // 3), 2 * (place % 3)
            numbers = [
                float(images[image, channel, top + row, left + column])
                for row in range(2)
                for column in range(2)
                for channel in range(3)
            ]
            assert found[image, place].tolist() == numbers


def test_images_that_squares_do_not_cover_are_refused() -> None:
    with pytest.raises(CheckError, match='expected images that squares of 3 pixels cover, got 4 x 6'):
        cut(torch.zeros(1, 3, 4, 6), 3)


@pytest.mark.parametrize(
    ('squares', 'masked', 'kept'), [(16, 0.75, 4), (49, 0.75, 12), (4, 0.99, 1), (4, 0.01, 3)]
)
def test_as_many_are_kept_as_are_asked_for_and_no_square_twice(
    squares: int, masked: float, kept: int
) -> None:
    found = kept_at_random(50, squares, masked)
    assert found.shape == (50, kept)
    assert bool((found.diff(dim=1) > 0).all())
    assert 0 <= int(found.min()) <= int(found.max()) < squares


def test_an_image_of_one_square_and_a_square_of_one_number_are_refused() -> None:
    with pytest.raises(CheckError, match='at least 2 squares an image, got 1'):
        kept_at_random(3, 1, 0.5)
    with pytest.raises(CheckError, match='squares of at least 2 numbers, got 1'):
        masked_error(torch.zeros(1, 4, 1), torch.zeros(1, 4, 1), torch.tensor([[0]]))


def test_every_square_is_kept_equally_often() -> None:
    counts = torch.bincount(kept_at_random(4000, 8, 0.75).flatten(), minlength=8)
    assert counts.sum() == 8000
    assert bool(((counts - 1000).abs() < 5 * 27.4).all())  # five deviations of a binomial count


def test_the_error_is_the_mean_over_squares_that_were_left_out() -> None:
    guess, squares = torch.randn(2, 3, 5, 6, dtype=torch.float64)
    kept = torch.tensor([[0, 3], [1, 2], [2, 4]])
    errors = []
    for image in range(3):
        for place in {*range(5)} - {*kept[image].tolist()}:
            pixels = squares[image, place].numpy()
            normalised = (pixels - pixels.mean()) / np.sqrt(pixels.var(ddof=1) + 1e-6)
            errors.append(((guess[image, place].numpy() - normalised) ** 2).mean())
    assert float(masked_error(guess, squares, kept)) == pytest.approx(np.mean(errors), rel=1e-12)


def test_what_was_seen_does_not_count() -> None:
    guess, squares = torch.randn(2, 3, 5, 6)
    kept = torch.tensor([[0, 3], [1, 2], [2, 4]])
    before = masked_error(guess, squares, kept)
    changed = guess.clone()
    changed[torch.arange(3)[:, None], kept] += 5
    assert torch.equal(masked_error(changed, squares, kept), before)
