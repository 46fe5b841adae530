"""SVHN is read from MATLAB files, with the extra part where it is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from array_layouts import LAYOUTS, write_houses
from published import drawn, write_matlab

from dann.datasets import SVHN
from dann.datasets.storage.public import MissingDataError

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')


@pytest.mark.parametrize('layout', [name for name, (kind, *_) in LAYOUTS.items() if kind is SVHN])
def test_each_layout_gives_the_published_test_part(layout: str, tmp_path: Path) -> None:
    _, (_, (images, labels)), write = LAYOUTS[layout]
    write(tmp_path)
    domain = SVHN(size=images.shape[1], val=12, root=str(tmp_path))
    expected = images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)
    assert np.array_equal(domain.images('test').numpy(), expected.transpose(0, 3, 1, 2))
    assert domain.labels('test').tolist() == labels.tolist()


def test_the_extra_part_adds_to_the_training_part_only(tmp_path: Path) -> None:
    write_houses(tmp_path)
    more = drawn(10, (32, 32, 3), 6)
    with pytest.raises(MissingDataError, match=r'extra_32x32\.mat, where asked for'):
        SVHN(val=12, extra=True, root=str(tmp_path)).prepare()
    write_matlab(tmp_path / 'extra_32x32.mat', *more)
    plain, extra = (SVHN(val=12, extra=extra, root=str(tmp_path)) for extra in (False, True))
    assert plain.folder != extra.folder
    assert len(plain.ids('train')) == 28
    assert len(extra.ids('train')) == 38
    train, test = extra.parts()
    assert np.array_equal(train.images[40:], more[0])
    assert len(test.labels) == 20
