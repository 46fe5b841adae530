"""Further passes of target images, and who asks for them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from training import fit, module

from dann.core.errors import UserError
from dann.core.views import View
from dann.engine.chosen_validators import chosen
from dann.engine.passes import PASSES, mixup, needed, run_passes
from dann.validators.entropy import Entropy
from dann.validators.mixval import MixVal


class NeedsDepth(Entropy):
    """A score that needs what nobody computes."""

    name = 'needs_depth'
    needs = ('mixup', 'depth')


def linear(images: Tensor) -> View:
    features = images.flatten(1)
    return View(features, features[:, :3])


def draw(count: int = 7) -> Tensor:
    return torch.rand(count, 3, 2, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_mixup_mixes_each_image_with_another_of_its_batch() -> None:
    images = draw()
    view = linear(images)
    found = mixup(linear, images, view, 4)
    partners = torch.randperm(7, generator=torch.Generator().manual_seed(4)).tolist()
    for index, partner in enumerate(partners):
        expected = 0.55 * view.logits[index] + 0.45 * view.logits[partner]  # as the model is linear
        torch.testing.assert_close(found['logits'][index], expected)
        assert int(found['partner'][index]) == int(view.predictions[partner])


def test_the_partners_follow_from_the_number_of_the_batch_alone() -> None:
    images = draw()
    view = linear(images)
    torch.manual_seed(0)
    state = torch.get_rng_state()
    one, again, other = (mixup(linear, images, view, number)['logits'] for number in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(state, torch.get_rng_state())


def test_what_a_pass_finds_is_named_after_it() -> None:
    images = draw()
    found = run_passes(['mixup'], linear, images, linear(images), 0)
    assert sorted(found) == ['mixup.logits', 'mixup.partner']
    assert run_passes([], linear, images, linear(images), 0) == {}


def test_only_what_some_validator_needs_is_run() -> None:
    assert needed([Entropy()]) == ()
    assert needed([MixVal(), Entropy(), MixVal()]) == ('mixup',)


def test_a_pass_that_there_is_not_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UserError, match=r"unknown pass that NeedsDepth needs 'depth'; choose from mixup"):
        needed([NeedsDepth()])
    with pytest.raises(UserError, match='NeedsDepth'):
        chosen([NeedsDepth()])


@pytest.mark.parametrize(('rule', 'passes'), [(MixVal(), [0, 1]), (Entropy(), [])])
def test_an_evaluation_runs_a_pass_once_a_target_batch(
    rule: MixVal | Entropy, passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(see: object, images: Tensor, view: View, number: int) -> dict[str, Tensor]:
        seen.append(number)
        return mixup(see, images, view, number)  # type: ignore[arg-type]

    monkeypatch.setitem(PASSES, 'mixup', watched)
    model = module()
    model.validators = [rule]
    fit(model, epochs=1)
    assert seen == passes
    extra = model.splits['target_val'].extra
    assert sorted(extra) == ['mixup.logits', 'mixup.partner'][: len(passes)]
    assert all(len(part) == len(model.splits['target_val']) for part in extra.values())
    assert not model.splits['source_val'].extra
    assert not model.splits['target_test'].extra
