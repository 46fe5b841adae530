"""Stored features in place of images, where the extractor is frozen."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from dann.core.errors import UserError
from dann.core.own_code import in_full, own_code
from dann.core.style import Style
from dann.datasets.augment import Augment
from dann.datasets.images import Images, identity
from dann.datasets.loading import evaluated
from dann.datasets.storage.feature_bank import Extract, Picked, Views, seconds, stored
from dann.datasets.unseen import is_unseen
from dann.networks.backbone import Backbone, weights_hash
from dann.networks.described import described
from dann.networks.freezing import parts
from dann.networks.standardised import Standardised

if TYPE_CHECKING:
    from dann.datasets.pair import DomainPair
    from dann.engine.module import AdaptationModule

VERSION = 2  # of what is extracted; raised when the same facts give other features
BUDGET = 4 * 2**30  # bytes of one split's maps, where the backbone is cut at an inner block


def obstacle(module: AdaptationModule) -> str:
    """Return why a run cannot read stored features, with the next step; empty if it can."""
    count = module.frozen_blocks
    if isinstance(module.backbone, Standardised):
        return (
            f'{type(module.backbone).__name__} takes features and series as they are; set `features: images`'
        )
    if module.pretraining is not None:
        return 'the backbone is pre-trained first; set `features: images`, or leave `pretraining` out'
    if not count:
        return 'nothing of the backbone is frozen; set `freeze: all`, or a number of blocks'
    if module.unfrozen_by:
        return 'the backbone is unfrozen on the way; set `unfrozen_by: 0`, or `features: images`'
    if count < len(parts(module.backbone)) and not module.backbone.chained:
        return f'{type(module.backbone).__name__} cannot be cut between its blocks; set `freeze: all`'
    if module.needs_images:
        return f'{type(module).__name__} changes images in its steps; set `features: images`'
    return '' if module.style is None else style_obstacle(module.style)


def style_obstacle(style: Style) -> str:
    """Return why features of images in a style cannot be stored, with the next step; empty if they can."""
    if not style.on_images or any(True for _ in style.parameters()):
        return f'{type(style).__name__} works inside the network, or is trained; set `features: images`'
    if len({style.strength(progress) for progress in (0.0, 0.5, 0.999)}) > 1:
        return f'the strength of {type(style).__name__} changes; give it a `Constant` schedule, or `features: images`'
    return ''


def attach(module: AdaptationModule, pair: DomainPair, device: torch.device | None = None) -> None:
    """Let a run read stored features where the pair asks for them, and images where it does not.

    Unseen domains decide nothing of that: one whose maps do not fit is read from its images.

    Args:
        module: Whose frozen blocks extract.
        pair: Set up already.
        device: Where to extract; the module's by default.

    Raises:
        UserError: The pair asks for stored features, and the module cannot read them.
    """
    why = obstacle(module)
    if pair.features == 'bank' and why:
        raise UserError(f'`features: bank` does not work here: {why}')
    pair.stored, pair.extracted, module.backbone.stored = {}, 0.0, None
    if pair.features == 'images' or why:
        return
    size = _map_size(module, pair)
    if _too_large(size, pair):
        return
    bank = _Extraction(module, pair, device or module.device)
    pair.stored = {
        key: bank.of(*key, images)
        for key, images in pair.images.items()
        if not (is_unseen(key[0]) and len(images) * size > BUDGET)
    }
    if pair.labelled is not None:
        pair.stored['target', 'shots'] = bank.of('target', 'shots', pair.labelled[0])
    pair.extracted = bank.seconds
    shape = tuple(pair.stored['source', 'train'].shape[1:])
    module.backbone.stored = (module.frozen_blocks, shape)


def _map_size(module: AdaptationModule, pair: DomainPair) -> int:
    """Return the bytes of one sample's maps; 0 for pooled features, which always fit."""
    if module.frozen_blocks >= len(parts(module.backbone)):
        return 0
    probe = torch.zeros(1, *pair.image_shape)
    return _before(fused(module.backbone), module.frozen_blocks, probe).numel() * 4


def _too_large(size: int, pair: DomainPair) -> bool:
    """Whether maps of source or target do not fit."""
    largest = max(len(images) for (part, _), images in pair.images.items() if not is_unseen(part)) * size
    if largest > BUDGET and pair.features == 'bank':
        raise UserError(
            f'`features: bank` needs {largest / 2**30:.0f} GiB a view, more than {BUDGET / 2**30:.0f}; '
            'freeze more blocks, or set `features: images`'
        )
    return largest > BUDGET


@torch.no_grad()
def _before(backbone: Backbone, count: int, images: Tensor) -> Tensor:
    return backbone.before(count, images)


class _Extraction:
    """Extracts the splits of a pair by a module's frozen blocks."""

    def __init__(self, module: AdaptationModule, pair: DomainPair, device: torch.device) -> None:
        self.module, self.pair, self.device = module, pair, device
        self.backbone: Backbone | None = None
        self.took: dict[str, float] = {}  # seconds, in this run or an earlier one, by what was extracted
        self.identities: dict[str, str] = {}
        blocks = parts(module.backbone)[: module.frozen_blocks]
        self.facts = {
            'weights': weights_hash(*blocks, module.backbone.preprocess),
            **described(module.backbone),
            'version': VERSION,
            'blocks': len(blocks),
            'precision': pair.extraction,
        }

    def of(self, domain: str, split: str, images: Images) -> Images:
        """Return the stored features of a split."""
        style = self.module.style if (domain, split) == ('source', 'train') else None
        augment, name = self.pair.augment.of(domain), self.pair.domain(domain).name
        within = self._within(domain, split, len(images))
        if within is not None:
            whole, places = within
            views = [self._plain(whole, domain, name)]
            plain: Images = Picked(views, places)
        else:
            plain = self._plain(images, f'{domain} {split}', f'{name} ({split})')
        if split not in ('train', 'shots') or not (augment.changes or style is not None):
            return plain
        if within is not None and style is None and augment.only_mirrors:
            return Picked([*views, self._plain(whole, domain, name, mirrored=True)], places)
        return Views(plain, self._drawn(images, augment, style, f'{domain} {split}', f'{name} ({split})'))

    def _within(self, domain: str, split: str, count: int) -> tuple[Images, Tensor] | None:
        """Return all images of the domain, whose features serve every way to divide it, and where the split's are.

        ``None`` where the domain keeps its splits only, or the ``count`` images are not all of the split; and for an
        unseen domain whose test split is published, as nothing but that is ever read of it.
        """
        whole = self.pair.domain(domain)
        once = split == 'shots' or (is_unseen(domain) and not whole.drawn)
        found = None if once else whole.within(split)
        return found if found is not None and len(found[1]) == count else None

    def _plain(self, images: Images, key: str, name: str, *, mirrored: bool = False) -> Tensor:
        """Return features of images as they are evaluated, or of their mirror images."""

        def extract(_: int, part: slice) -> Tensor:
            values = evaluated(images[part], self.pair.augment)
            return self._features(values.flip(-1) if mirrored else values)

        facts = self._about(images, key) | ({'mirrored': True} if mirrored else {})
        return self._kept(extract, 1, len(images), facts, f'features of {name}' + ', mirrored' * mirrored)[0]

    def _drawn(self, images: Images, augment: Augment, style: Any, key: str, name: str) -> Tensor:
        """Return features of augmented and styled images, in as many views as the pair asks for."""
        facts = self._about(images, key) | {'augment': in_full(augment)}
        how = 'augmented'
        if style is not None:
            how = f'by {type(style).__name__}'
            facts |= {'style': _styled(style), 'towards': identity(self.pair.images['target', 'train'])}
        extract = self._changed(images, augment, style)
        return self._kept(extract, self.pair.views, len(images), facts, f'features of {name}, {how}')

    def _about(self, images: Images, key: str) -> dict[str, Any]:
        """Return what features of images depend on; hashing the images takes long, and is done once a ``key``."""
        if key not in self.identities:
            self.identities[key] = identity(images)
        return self.facts | {'images': self.identities[key], 'crop': self.pair.augment.crop}

    @property
    def seconds(self) -> float:
        """What the features read so far took; those that several splits share count once."""
        return sum(self.took.values())

    def _kept(self, extract: Extract, views: int, count: int, facts: dict[str, Any], title: str) -> Tensor:
        values = stored(extract, views, count, facts, title)
        self.took[json.dumps(facts, sort_keys=True)] = seconds(facts)
        return values

    def _changed(self, images: Images, augment: Augment, style: Any) -> Extract:
        def extract(view: int, part: slice) -> Tensor:
            with torch.random.fork_rng(devices=[]), torch.no_grad():
                return self._features(self._seen(images, augment, style, view, part))

        return extract

    @torch.no_grad()
    def _features(self, values: Tensor) -> Tensor:
        self.backbone = self.backbone or fused(self.module.backbone).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.pair.extraction == 'bf16'):
            return self.backbone.before(self.module.frozen_blocks, values.to(self.device)).float().cpu()

    def _seen(self, images: Images, augment: Augment, style: Any, view: int, part: slice) -> Tensor:
        """Return images of a view in [0, 1], augmented and styled."""
        seed = (view + 1) * 1_000_003 + part.start
        generator = torch.Generator().manual_seed(seed)
        pixels = drawn(images[part], augment, generator)
        if style is None:
            return pixels
        pool = self.pair.images['target', 'train']
        partners = torch.randint(len(pool), (len(pixels),), generator=generator)
        torch.default_generator.manual_seed(seed)
        styled: Tensor = style(
            pixels, drawn(pool[partners], self.pair.augment.of('target'), generator), style.strength(0.0)
        )
        return styled


def drawn(pixels: Tensor, augment: Augment, generator: torch.Generator) -> Tensor:
    """Return augmented images in [0, 1]."""
    return augment(pixels, generator).float().div_(255)


def _styled(style: Any) -> str:
    """Return class, options and own code of a style that owns no parameters."""
    options = {
        name: value
        for name, value in vars(style).items()
        if isinstance(value, int | float | str | tuple) and not name.startswith('_')
    }
    name = f'{type(style).__module__}.{type(style).__qualname__}'
    return f'{name} {sorted(options.items())} {style.strength(0.0)} {own_code(style)}'


def fused(backbone: Backbone) -> Backbone:
    """Return a copy in evaluation mode, batch norm merged into the convolutions before it where these are in a row."""
    copy = deepcopy(backbone).eval()
    for module in list(copy.modules()):
        if isinstance(module, nn.Sequential):
            for place in range(len(module) - 1):
                first, second = module[place], module[place + 1]
                if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                    module[place], module[place + 1] = fuse_conv_bn_eval(first, second), nn.Identity()
    return copy
