"""Several alignments as one."""

from __future__ import annotations

import pytest
import torch
from draws import built, leaf_views

from dann.core.views import View
from dann.methods.alignment.afn import AFN
from dann.methods.alignment.bnm import BNM
from dann.methods.alignment.bsp import BSP
from dann.methods.alignment.cdan import CDAN
from dann.methods.alignment.coral import CORAL
from dann.methods.alignment.dann import DANN
from dann.methods.alignment.infomax import InfoMax
from dann.methods.alignment.mcc import MCC
from dann.methods.alignment.mdd import MDD
from dann.methods.alignment.min_entropy import MinEntropy
from dann.methods.alignment.together import Together
from dann.methods.alignment.wdgrl import WDGRL


def test_all_of_them_go_together() -> None:
    kinds = (DANN, CDAN, MDD, WDGRL, AFN, BSP, MCC, BNM, InfoMax, MinEntropy, CORAL)
    members = [kind() for kind in kinds]
    method = built(Together(members))
    source, target = leaf_views()
    terms = method(source, target, 1.0)
    assert len(terms) == len(kinds) + 1  # the Wasserstein critic has two
    figures = [member.diagnose(source, target) for member in members]
    assert len(method.diagnose(source, target)) == sum(map(len, figures))
    assert Together.search == {}


CLASSES, WIDTH = 3, 4


CLASSES, WIDTH = 3, 4


HEAD = torch.tensor([[1, -2, 0.5], [0.5, 1, -1], [-1, 0.5, 2], [2, -0.5, 1]], dtype=torch.float64)


def view(size: int, *, seed: int, shift: float = 0.0, labels: bool = False) -> View:
    rng = torch.Generator().manual_seed(seed)
    features = (torch.randn(size, WIDTH, generator=rng, dtype=torch.float64) + shift).requires_grad_()
    return View(features, features @ HEAD, torch.randint(CLASSES, (size,), generator=rng) if labels else None)


def test_together_refuses_clashing_terms_and_gives_each_member_its_own_strength() -> None:
    from dann.core.schedules import Linear
    from dann.methods.alignment.coral import CORAL
    from dann.methods.alignment.dann import DANN
    from dann.methods.alignment.together import Together

    source, target = view(7, seed=0), view(5, seed=1, shift=1.0)
    twice = Together([CORAL(), CORAL()])
    with pytest.raises(ValueError, match=r"terms of their own, got \['coral'\] twice"):
        twice(source, target, twice.strength(0.5))
    ramped = Together([CORAL(weight=0.5, schedule=Linear()), DANN()])
    ramped.build(WIDTH, CLASSES)
    half = ramped.double()(source, target, ramped.strength(0.5))
    alone = CORAL()(source, target, 1.0)['coral']
    torch.testing.assert_close(half['coral'], 0.25 * alone)
    with pytest.raises(ValueError, match='at least one alignment'):
        Together([])
