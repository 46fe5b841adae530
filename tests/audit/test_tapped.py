"""A module with a tap: what the tap may change, and that the module behind it stays as it was."""

from __future__ import annotations

import torch
from audited import ready
from training import fit, make, module, pair, same_weights

from dann.audit.tapped import Tap, method_class, tapped
from dann.core.views import Losses
from dann.engine.module import AdaptationModule
from dann.methods.training.mcd import MCD


def test_the_class_behind_the_tap_is_known_and_unchanged() -> None:
    plain = module(make('MCD'))
    wrapped = tapped(plain)
    assert type(plain) is MCD
    assert method_class(wrapped) is method_class(plain) is MCD
    assert method_class(tapped(module())) is AdaptationModule
    assert same_weights(plain, wrapped)


def test_a_tap_that_does_nothing_leaves_the_training_as_it_is() -> None:
    for name in ('DANN', 'MCD'):
        plain, wrapped = module(make(name)), tapped(module(make(name)))
        fit(plain, pair(), epochs=1)
        fit(wrapped, pair(), epochs=1)
        assert same_weights(plain, wrapped)


class Doubled(Tap):
    """Doubles every term."""

    def losses(self, losses: Losses) -> Losses:
        return {name: 2 * value for name, value in losses.items()}


def test_a_tap_changes_what_is_descended_on() -> None:
    batch = next(iter(ready().train_dataloader()))
    wrapped = tapped(module())
    once = wrapped.losses(batch, 0.5)['source']
    wrapped.tap = Doubled()
    torch.testing.assert_close(wrapped.losses(batch, 0.5)['source'], 2 * once)
