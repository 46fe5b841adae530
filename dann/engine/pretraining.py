"""The first stage of a run: a backbone trained on unlabelled images of both domains, kept in the cache."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from dann.core.errors import RunError, check
from dann.core.kept import package_digest
from dann.core.own_code import in_full, own_code
from dann.core.pretraining import Pretraining
from dann.core.progress_bar import counted
from dann.core.remembered import UnwritableError, recipe
from dann.core.torch_files import DamagedFileError, load
from dann.datasets.images import identity
from dann.datasets.loading import StepSampler, loader
from dann.datasets.storage.made_once import made_once, seal, writing
from dann.datasets.unlabelled import Unlabelled
from dann.engine.meter import NonFiniteLossError
from dann.engine.seeding import seed_torch, seeds_kept
from dann.networks.backbone import Backbone, in_words, weights_hash
from dann.networks.batch_norm import keep_domain, shared_name
from dann.networks.described import described

if TYPE_CHECKING:
    from dann.datasets.pair import DomainPair
    from dann.engine.module import AdaptationModule

VERSION = 2  # of the stage; raised when the same facts give other weights
KIND = 'pretrained'
FILE = 'weights.pt'
DOMAINS = ('source', 'target')


@dataclass(frozen=True, slots=True)
class Pretrained:
    """The weights that a run has started from.

    Args:
        weights: Hash of the backbone, as ``weights_hash`` gives it.
        seconds: That the stage took, in this run or in the one that left the weights in the cache.
        folder: Of the weights.
    """

    weights: str
    seconds: float
    folder: Path


def check_pretraining(
    pretraining: Pretraining | None, backbone: Backbone, image_shape: Sequence[int]
) -> None:
    """Raise ``CheckError`` unless there is no first stage, or one that can train this backbone on such samples."""
    if pretraining is None:
        return
    name = type(pretraining).__name__
    check(
        len(image_shape) == 3 and backbone.axes == 3,
        f'{name} trains on images, and the data are {in_words(image_shape)}; leave `pretraining` out',
    )
    pretraining.validate(backbone, image_shape)


def pretrain(
    module: AdaptationModule,
    pair: DomainPair,
    device: torch.device | None = None,
    begins: Callable[[str], None] = lambda _: None,
) -> Pretrained:
    """Put the weights of a module's first stage into its backbone and every copy of it.

    They are read from the cache, or trained now and kept there.

    Args:
        module: Whose ``pretraining`` is set.
        pair: Set up already; of it only training images are read.
        device: Where to train; the module's by default.
        begins: Called with a line where the weights are not in the cache.

    Raises:
        CheckError: The stage cannot train this backbone, or these samples.
        RunError: A loss is not finite, or the cache cannot be written or is damaged.
    """
    assert module.pretraining is not None
    check_pretraining(module.pretraining, module.backbone, pair.image_shape)
    stage = _Stage(module.pretraining, module.backbone, pair, device or module.device)

    def make(draft: Path) -> None:
        begins(f'pre-training by {type(stage.pretraining).__name__}, {stage.pretraining.steps} steps')
        stage.make(draft)

    kept = made_once(KIND, stage.facts, make)
    kept.verify(FILE)
    weights = _read(kept.path / FILE)
    for backbone in (each for each in module.modules() if isinstance(each, Backbone)):
        _fill(backbone, weights)
    found = weights_hash(_as_one(module.backbone))
    module.pretrained = Pretrained(found, float(kept.manifest['seconds']), kept.path)
    return module.pretrained


class _Stage:
    """One backbone, its images, and how it is trained."""

    def __init__(
        self, pretraining: Pretraining, backbone: Backbone, pair: DomainPair, device: torch.device
    ) -> None:
        self.pretraining, self.pair, self.device = pretraining, pair, device
        self.backbone = _as_one(backbone)
        self.data = Unlabelled(
            [(pair.images[each, 'train'], pair.augment.of(each)) for each in DOMAINS],
            pretraining.batch_size,
            pair.seed,
        )
        self.facts = self._facts()

    def _facts(self) -> dict[str, Any]:
        """Return all that the weights depend on: no label, and nothing that makes a batch of adaptation."""
        backbone = self.backbone
        return {
            'version': VERSION,
            'torch': torch.__version__,
            'device': self.device.type,
            'seed': self.pair.seed,
            'package': package_digest(),
            'pretraining': recipe(self.pretraining, filled=True),
            'code': own_code(self.pretraining),
            **described(backbone),
            'options': _options(backbone),
            'weights': weights_hash(backbone),
            'images': [[identity(images), *in_full(how)] for images, how in self.data.domains],
        }

    def make(self, draft: Path) -> None:
        """Train the backbone, and leave its weights in a folder."""
        with writing(draft.parent):
            draft.mkdir(exist_ok=True)
        began = time.monotonic()
        with seeds_kept(self.device):
            self._train()
        with writing(draft.parent):
            torch.save(self.backbone.cpu().state_dict(), draft / FILE)
            seal(draft, self.facts, round(time.monotonic() - began, 3), FILE)

    def _train(self) -> None:
        stage, seed = self.pretraining, self.pair.seed
        seed_torch(seed, self.device)
        head = stage.head(self.backbone, self.pair.image_shape).to(self.device)
        backbone = self.backbone.to(self.device).train()
        groups = decayed([*backbone.parameters(), *head.parameters()], stage.weight_decay)
        optimizer = torch.optim.AdamW(groups, lr=stage.lr)
        for step, images in self._batches():
            seed_torch(seed * 1_000_003 + step, self.device)
            for group in optimizer.param_groups:
                group['lr'] = half_cosine(stage.lr, step, stage.steps)
            loss = stage.loss(backbone, head, images.to(self.device))
            self._check_finite(loss, step)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    def _batches(self) -> Iterator[tuple[int, Tensor]]:
        steps = self.pretraining.steps
        batches = iter(loader(self.data, StepSampler(steps, lambda: 0), workers=self.pair.workers))
        title = f'{type(self.pretraining).__name__} on {self.pair.source.name} and {self.pair.target.name}'
        for step, _ in counted(range(steps), 0, title):
            yield step, next(batches)

    def _check_finite(self, loss: Tensor, step: int) -> None:
        if not bool(loss.isfinite()):
            raise NonFiniteLossError(
                f'the loss of {type(self.pretraining).__name__} is {loss.item():g} at step {step + 1} of the first '
                'stage; lower `lr` of `pretraining`'
            )


def decayed(parameters: Sequence[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Return two groups: weights of two and more dimensions, which decay, and biases and norms, which do not."""
    weights = [each for each in parameters if each.ndim > 1]
    others = [each for each in parameters if each.ndim <= 1]
    return [{'params': weights, 'weight_decay': weight_decay}, {'params': others, 'weight_decay': 0.0}]


def half_cosine(lr: float, step: int, steps: int) -> float:
    """Return the learning rate of a step, counted from 0: ``lr`` at the first, almost 0 at the last."""
    return lr * (1 + math.cos(math.pi * step / steps)) / 2


def _as_one(backbone: Backbone) -> Backbone:
    """Return a copy all of which is trained, with one batch norm for both domains."""
    copy = deepcopy(backbone)
    keep_domain(copy, 'source')
    copy.frozen, copy.stored = [], None
    return copy.requires_grad_(True)


def _fill(backbone: Backbone, weights: dict[str, Tensor]) -> None:
    """Copy weights into a backbone, into both norms where batch norm is split; leave another network as it is."""
    names = {name: shared_name(name) for name in backbone.state_dict()}
    if set(names.values()) == weights.keys():
        backbone.load_state_dict({name: weights[shared] for name, shared in names.items()})


def _read(path: Path) -> dict[str, Tensor]:
    try:
        weights: dict[str, Tensor] = load(path)
    except (OSError, DamagedFileError) as error:
        raise RunError(f'cannot read {path} ({error}); delete {path.parent} to have it made anew') from error
    return weights


def _options(backbone: Backbone) -> dict[str, Any] | None:
    """Return what a backbone was made of; ``None`` where that cannot be written down, as a network of one's own."""
    try:
        return recipe(backbone, filled=True)
    except UnwritableError:
        return None
