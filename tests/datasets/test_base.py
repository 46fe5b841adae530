"""What a domain has to offer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from toy import Toy

from dann.datasets.base import DomainDataset


def test_a_domain_has_to_offer_images_and_labels_apart() -> None:
    kind: Any = DomainDataset
    with pytest.raises(TypeError, match=r'ids.*images.*labels.*manifest.*prepare'):
        kind()


def test_the_shape_of_an_image_is_its_size_or_is_read(tmp_path: Path) -> None:
    domain = Toy(root=str(tmp_path))
    assert domain.image_shape == (3, 8, 8)
    domain.size = 12  # type: ignore[attr-defined]
    assert domain.image_shape == (3, 12, 12)
