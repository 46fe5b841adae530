"""Segments of the built-in night."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dann.core.errors import CheckError, UserError
from dann.datasets.rendered.street.dataset import Street
from dann.transfer.online.protocols import PROTOCOLS
from dann.transfer.online.streets import ABRUPT, SEVERITIES, nights, unseen


def of(protocol: str, **options: Any) -> list[Any]:
    given: dict[str, Any] = {'images': 66, 'like': Street('night', size=16)}
    return list(nights(protocol, **given | options))


def test_every_protocol_has_severities_of_its_own() -> None:
    assert SEVERITIES.keys() < PROTOCOLS.keys()
    assert all((len(SEVERITIES.get(name, ABRUPT)) > 1) == each.several for name, each in PROTOCOLS.items())


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
    images = unseen(Street(size=16), images=8)
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
    with pytest.raises(UserError, match="unknown protocol 'graduall'; did you mean 'gradual'"):
        of('graduall')
    with pytest.raises(CheckError, match='expected from 1 to 998 severities, got 0'):
        of('continual', severities=[])
    with pytest.raises(CheckError, match='`severity` in'):
        of('continual', severities=[0.5, 2.0])


def test_all_else_is_as_in_the_pair_and_no_scene_is_in_it(tmp_path: Path) -> None:
    like = Street('night', 0.2, 7, 16, root=str(tmp_path), groups='paint', linked=1.0)
    for each in of('continual', like=like):
        found = each.target.options()
        assert (each.target.root, found['linked'], found['groups'], found['size']) == (
            tmp_path,
            1,
            'paint',
            16,
        )
        assert found['seed'] > like.seed
    (one,), (other,) = (of('one', like=Street('night', seed=seed, size=16)) for seed in (0, 1))
    assert one.target.seed != other.target.seed
    by_day = Street('day', size=16, root=str(tmp_path), linked=1.0)
    assert not torch.equal(unseen(by_day, images=8), unseen(Street(size=16), images=8))


def test_the_built_in_pair_has_the_scenes_that_were_published() -> None:
    assert [each.target.seed for each in of('continual', seed=2)] == [3000, 3001, 3002, 3003]
    np.testing.assert_array_equal(
        unseen(Street(size=16), images=8).numpy(),
        Street(seed=1999, size=16, train=1, val=1, test=8).images('test'),
    )
