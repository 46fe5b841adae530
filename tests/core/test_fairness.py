"""Cells of classes and groups."""

from __future__ import annotations

import pytest
import torch

from dann.core.errors import CheckError
from dann.core.fairness import Fairness, cells, check_by, means_of_cells, most_cells
from dann.core.groups import MOST_GROUPS


def test_every_class_within_a_group_is_a_cell_of_its_own() -> None:
    labels, groups = torch.tensor([0, 1, 2, 0]), torch.tensor([0, 0, 1, 1])
    assert cells('class', labels, None, 3).tolist() == [0, 1, 2, 0]
    assert cells('group', labels, groups, 3).tolist() == [0, 0, 1, 1]
    assert cells('class_group', labels, groups, 3).tolist() == [0, 1, 5, 3]
    assert [most_cells(by, 3) for by in ('class', 'group', 'class_group')] == [
        3,
        MOST_GROUPS,
        3 * MOST_GROUPS,
    ]


def test_other_kinds_of_groups_are_refused() -> None:
    with pytest.raises(CheckError, match=r"one of \('group', 'class_group'\), got 'colour'"):
        check_by('colour')


def test_means_are_of_the_cells_that_are_there() -> None:
    means, place = means_of_cells(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([7, 7, 2]))
    assert means.tolist() == [5, 2]
    assert means[place].tolist() == [2, 2, 5]
    wide, _ = means_of_cells(torch.tensor([[1.0, 0.0], [3.0, 4.0], [5.0, 1.0]]), torch.tensor([7, 7, 2]))
    assert wide.tolist() == [[5, 1], [2, 2]]


def test_a_base_class_demands_one_method() -> None:
    with pytest.raises(TypeError, match='forward'):
        Fairness()  # type: ignore[abstract]
