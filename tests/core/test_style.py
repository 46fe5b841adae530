"""What every style has from its base."""

from __future__ import annotations

import re

import pytest
import torch
from draws import images
from torch import Tensor

from dann.core.schedules import Linear
from dann.core.style import Style


class Partner(Style):
    """Returns the partner, out of range where it is asked to be."""

    gain = 1.0

    def stylise(self, source: Tensor, partner: Tensor) -> Tensor:
        return self.gain * partner


def test_every_source_image_is_blended_with_an_image_of_the_target() -> None:
    source, target = images(6, 3, 4, 4), images(2, 3, 4, 4, seed=1)
    styled = Partner()(source, target, 0.25)
    nearest = (styled[:, None] - torch.lerp(source[:, None], target[None], 0.25)).abs().amax(dim=(2, 3, 4))
    assert (nearest.amin(dim=1) < 1e-12).all()
    assert len(set(nearest.argmin(dim=1).tolist())) == 2


def test_the_result_stays_in_range_and_without_a_gradient() -> None:
    style = Partner()
    style.gain = 3.0
    styled = style(images(2, 3, 4, 4).requires_grad_(), images(2, 3, 4, 4, seed=1), 1.0)
    assert styled.max() == 1
    assert not styled.requires_grad


def test_strength_zero_and_styles_of_features_leave_images_alone() -> None:
    class Features(Partner):
        on_images = False

    source, target = images(2, 3, 4, 4), images(2, 3, 4, 4, seed=1)
    assert Partner()(source, target, 0.0) is source
    assert Features()(source, target, 1.0) is source


def test_the_strength_is_the_weight_times_the_schedule() -> None:
    assert Partner(weight=0.5, schedule=Linear()).strength(0.5) == 0.25


@pytest.mark.parametrize('weight', [-0.1, 1.1])
def test_a_weight_that_is_no_blend_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=r'expected `weight` in \[0, 1\], got'):
        Partner(weight=weight)


def test_images_of_two_shapes_are_refused() -> None:
    message = 'expected images of shape (Bs, C, H, W) and (Bt, C, H, W), got (2, 3, 4, 4) and (2, 3, 4, 5)'
    with pytest.raises(ValueError, match=re.escape(message)):
        Partner()(images(2, 3, 4, 4), images(2, 3, 4, 5), 1.0)


def test_a_plain_style_trains_nothing_and_mixes_nothing() -> None:
    style = Partner()
    style.build(3)
    assert style.losses(images(1, 3, 2, 2), torch.tensor([0]), images(1, 3, 2, 2), 0.0) == {}
    assert list(style.scaled()) == []
    with style.mixing(1.0, 1):
        pass


def test_partners_are_drawn_at_random_from_the_whole_target_batch() -> None:
    torch.manual_seed(0)
    target = torch.arange(5.0)[:, None, None, None] / 10
    styled = Partner()(torch.ones(300, 1, 1, 1), target, 1.0)
    drawn = (styled * 10).round().flatten()
    assert set(drawn.tolist()) == {0, 1, 2, 3, 4}
    assert not torch.equal(drawn, torch.arange(300) % 5)
