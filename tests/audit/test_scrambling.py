"""Labels that are all wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from toy import Toy

from dann.audit.scrambling import other_labels, scrambled_domain
from dann.core.errors import RunError
from dann.datasets import Folder
from dann.datasets.base import SPLITS
from dann.datasets.wrapped import WrappedDomain


def test_every_label_is_another_and_none_stays_none() -> None:
    labels = torch.tensor([0, 1, 2, -1] * 25)
    other = other_labels(labels, 3)
    assert (other[labels < 0] == -1).all()
    assert (other[labels >= 0] != labels[labels >= 0]).all()
    assert other.max() == 2
    assert other[labels >= 0].min() == 0


def test_labels_that_have_changed_on_the_disk_are_not_scrambled(tmp_path: Path) -> None:
    """They would get a checksum of their own, and the damage would be gone."""
    write_images(tmp_path / 'photos')
    domain = Folder(root=str(tmp_path / 'photos'), domain='night', size=16, keep='disk')
    domain.prepare()
    (tmp_path / 'whole').mkdir()
    scrambled_domain(domain, str(tmp_path / 'whole'))
    path = next(domain.folder.glob('train.labels.npy'))
    data = bytearray(path.read_bytes())
    data[-8] ^= 1
    path.write_bytes(data)
    (tmp_path / 'damaged').mkdir()
    with pytest.raises(RunError, match=r'labels\.npy is missing or not what its manifest says; delete '):
        scrambled_domain(domain, str(tmp_path / 'damaged'))


def write_images(root: Path) -> None:
    for number in range(30):
        path = root / 'night' / ('bus', 'car')[number % 2] / f'{number}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', (16, 16), (number, 2 * number, 50)).save(path)


@pytest.mark.parametrize('stored', [True, False])
def test_every_group_is_another_too(stored: bool, tmp_path: Path) -> None:
    domain = Toy('b', groups=('dusk', 'night'), root=str(tmp_path / 'data'))
    domain.prepare()
    made = domain if stored else WrappedDomain(domain)
    (tmp_path / 'changed').mkdir()
    changed = scrambled_domain(made, str(tmp_path / 'changed'))
    for split in SPLITS:
        assert (changed.groups(split) != domain.groups(split)).all()
        assert changed.ids(split) == domain.ids(split)


def test_of_one_group_there_is_no_other() -> None:
    assert other_labels(torch.zeros(4, dtype=torch.long), 1).tolist() == [0] * 4
