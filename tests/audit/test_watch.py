"""Terms and gradients are recorded, and single terms switched off."""

from __future__ import annotations

import torch
from audited import ready
from training import make, module

from dann.audit.tapped import tapped
from dann.audit.watch import Watch, without


def test_a_term_is_silenced_and_its_owner_known() -> None:
    torch.manual_seed(0)
    batch = next(iter(ready().train_dataloader()))
    plain = module(make('Together'))
    model, watch = tapped(plain), Watch()
    watch.attach(model)
    model.losses(batch, 0.5)
    assert watch.owners == {'domain': 'alignment.alignments.0', 'coral': 'alignment.alignments.1'}
    without('domain')(model)
    losses = model.losses(batch, 0.5)
    assert losses['domain'] == 0
    assert losses['domain'].requires_grad
    assert losses['source'] > 0
    assert plain.losses(batch, 0.5)['domain'] > 0
