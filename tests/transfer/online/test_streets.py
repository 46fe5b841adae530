"""Segments of the built-in night."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from dann.core.errors import CheckError, UserError
from dann.datasets.rendered.street.dataset import Street
from dann.transfer.online.protocols import PROTOCOLS
from dann.transfer.online.streets import SEVERITIES, by_day, nights


def of(protocol: str, **options: Any) -> list[Any]:
    return nights(protocol, **{'images': 66, 'size': 16} | options)


def test_every_protocol_has_severities_of_its_own() -> None:
    assert SEVERITIES.keys() == PROTOCOLS.keys()
    assert all((len(SEVERITIES[name]) > 1) == each.several for name, each in PROTOCOLS.items())


def test_gradual_goes_from_dusk_to_deep_night_in_small_steps() -> None:
    severities = [each.target.severity for each in of('gradual')]
    assert (severities[0], severities[-1]) == (0, 1)
    assert all(0 < later - before < 0.11 for before, later in pairwise(severities))
    assert sum(map(len, of('gradual'))) == 66


def test_deeper_nights_are_darker() -> None:
    means = [
        each.target.images('test').double().mean() for each in of('continual', severities=[0.0, 0.5, 1.0])
    ]
    assert means[0] > means[1] > means[2]


def test_no_two_segments_or_streams_have_a_scene_in_common_nor_with_the_pair() -> None:
    segments = [*of('continual', seed=0), *of('continual', seed=1), *of('gradual', seed=0)[4:]]
    assert len({each.target.seed for each in segments}) == len(segments)
    assert all(each.target.seed != Street().seed for each in segments)


def test_source_images_are_by_day() -> None:
    images = by_day(images=8, size=16)
    assert images.shape == (8, 3, 16, 16)
    assert images.double().mean() > 60


def test_the_images_of_a_severity_do_not_depend_on_the_other_splits() -> None:
    (short,) = of('one', images=8)
    whole = Street('night', 0.7, short.target.seed, 16, train=9, val=5, test=8)
    np.testing.assert_array_equal(short.target.images('test').numpy(), whole.images('test').numpy())


def test_mistakes_are_explained() -> None:
    with pytest.raises(
        UserError, match=r'severities 0.5, 0.1; name them in rising order, or take the protocol cont'
    ):
        of('gradual', severities=[0.5, 0.1])
    with pytest.raises(CheckError, match='at least 22 images, got 10; two for each severity'):
        of('gradual', images=10)
    with pytest.raises(CheckError, match='`severity` in'):
        of('continual', severities=[0.5, 2.0])
