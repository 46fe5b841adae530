"""Samples as a made-up network sees them, and a small network that sees street scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dann.core.views import View
from dann.datasets import Street
from dann.datasets.pair import DomainPair
from dann.networks import ConvNet
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.report import MonitorReport
from dann.transfer.monitoring.stream import Batch, watch
from dann.transfer.monitoring.window import class_shares

CLASSES = 4


def seen(count: int, seed: int, shift: float = 0.0, dim: int = 12) -> View:
    """Features of which half are zero, moved by ``shift`` before that, and logits that follow from them."""
    draw = torch.Generator().manual_seed(seed)
    features = (torch.randn(count, dim, generator=draw) + shift).relu()
    head = torch.randn(dim, CLASSES, generator=torch.Generator().manual_seed(0))
    return View(features, features @ head)


def batch(view: View, name: str = 'batch') -> Batch:
    """Samples of a name each."""
    return Batch(name, [f'{name}-{place}' for place in range(len(view))], view)


def write_street(folder: Path, count: int, severity: float | None, seed: int = 0, root: str = '') -> Path:
    """Write street scenes, by day where ``severity`` is ``None``, as ``folder/NUMBER.png``."""
    domain = 'day' if severity is None else 'night'
    options = {} if severity is None else {'severity': severity}
    street = Street(domain, seed=seed, size=32, train=2, val=2, test=count, root=root or None, **options)
    street.prepare()
    folder.mkdir(parents=True, exist_ok=True)
    for number, pixels in enumerate(street.images('test')):
        Image.fromarray(np.moveaxis(pixels.numpy(), 0, 2)).save(folder / f'{number:04d}.png')
    return folder


def street_pair() -> DomainPair:
    """Small street scenes by day and at dusk."""
    sizes = {'size': 32, 'train': 160, 'val': 40, 'test': 40}
    return DomainPair(
        Street('day', **sizes),
        Street('night', severity=0.0, **sizes),
        batch_size=16,
        steps_per_epoch=20,
        seed=0,
    )


def street_backbone() -> ConvNet:
    """A network for them."""
    return ConvNet(32, (8, 16), (5, 3), (2, 2))


def monitored_report(shift: float = 0.0) -> MonitorReport:
    """Two windows that have not moved and two that have by ``shift``."""
    reference = seen(200, 0)
    return MonitorReport(
        model='<TrainedModel>',
        classes=('bus', 'car', 'tram', 'van'),
        reference='reference',
        reference_samples=200,
        reference_shares=class_shares(reference),
        features=12,
        plan=Plan(),
        seen_before=0,
        windows=watch(reference, [batch(seen(100, 1), 'old'), batch(seen(100, 2, shift), 'new')]),
        estimated=False,
        simulation=None,
        unreadable=(),
    )
