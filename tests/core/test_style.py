"""What every style does around its `stylise`: partners, clipping and the blend."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dann.core.schedules import Linear
from dann.core.style import Style


class Partner(Style):
    """Returns the partner, brightened beyond the range of images."""

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        return partner + 0.5


def flat(*values: float) -> Tensor:
    """One-pixel images of the given values."""
    return torch.tensor(values)[:, None, None, None]


def test_the_stylised_image_is_clipped_before_it_is_blended() -> None:
    source, target = flat(0.25, 0.75), flat(0.9)
    torch.testing.assert_close(Partner()(source, target, 1.0), flat(1.0, 1.0))
    torch.testing.assert_close(Partner()(source, target, 0.4), flat(0.55, 0.85))


def test_at_no_strength_images_are_returned_as_they_are() -> None:
    source = flat(1.5, -0.5)
    assert Partner()(source, flat(0.2), 0.0) is source


def test_every_source_image_draws_its_partner_from_the_whole_target_batch() -> None:
    torch.manual_seed(0)
    target = torch.arange(5.0)[:, None, None, None] / 10
    drawn = ((Partner()(flat(*300 * [0.0]), target, 1.0) - 0.5) * 10).round().flatten()
    assert sorted(set(drawn.tolist())) == [0, 1, 2, 3, 4]
    assert not torch.equal(drawn, torch.arange(300) % 5)
    assert len(Partner()(flat(0.0), target, 1.0)) == 1


def test_strength_is_the_weight_times_the_schedule() -> None:
    assert Partner(0.5, Linear(0, 0.8)).strength(0.25) == pytest.approx(0.1)
    with pytest.raises(ValueError, match=r'`weight` in \[0, 1\], got 1.5'):
        Partner(1.5)
    with pytest.raises(ValueError, match=r'got \(1, 1, 1\) and \(1, 1, 1, 1\)'):
        Partner()(flat(0.0)[0], flat(0.0), 1.0)
