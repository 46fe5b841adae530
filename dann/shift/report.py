"""How far apart two domains are, measured on pixels and on the features of networks: as data, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dann.core.errors import UserError, check, unknown
from dann.datasets.base import DomainDataset
from dann.datasets.pair import DomainPair
from dann.reporting.markdown import bullets, inert
from dann.shift.domains import Domains, Side, load_domains
from dann.shift.encoders import fixed_encoder
from dann.shift.features import encoded, pixels
from dann.shift.frechet import fid, without_inception
from dann.shift.measure import Gap, gap_of
from dann.shift.pairs import pair_of
from dann.shift.reading import advice, before_and_after, read
from dann.shift.repeats import Repeats, repeated, repeats_in_words
from dann.shift.seen import Seen
from dann.shift.tables import as_json, plain, tables

NOTES = (
    'Each row stands on principal axes of both domains together, one to ten samples and 64 at most, and is divided by '
    'one number, the root of their total variance, so that rows can be compared; CORAL, which divides by 4 d² for d '
    'axes, only where both have at least 640 images.',
    '± and brackets are 95 %; KL and JS are in nats.',
    '"no" gap: the permutation test on MMD does not reject at 5 %. Else the A-distance decides: small below 0.5, large '
    'from 1.5 on. The bounds are conventions, not theory.',
)
LEAST = {'samples': 20, 'permutations': 199, 'seed': 0, 'repeats': 1}
MOST = 1_000_000  # of each but the seed
BUILT_IN = ('pixels', 'encoder')

Network = Callable[[Domains, DomainPair], Iterable[Seen]]
"""Returns the features of both domains in one or several networks, one ``Seen`` for each row of the table."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was compared.

    Args:
        source: Name of the source, or of one half.
        target: Name of the target, or of the other half.
        classes: Names of the classes.
        split: Where the images are from.
        seed: Of all that was drawn.
        permutations: Of each permutation test.
        halves: Which domain was halved; ``None`` where two domains are compared.
        images: How many images of each side were measured.
        what: What they are called, where they are no images.
    """

    source: str
    target: str
    classes: tuple[str, ...]
    split: str
    seed: int
    permutations: int
    halves: Side | None
    images: tuple[int, int]
    what: str = 'images'

    def as_json(self) -> dict[str, Any]:
        """Return the fields, ready for JSON, without the counts of images, which each row has."""
        return {key: plain(value) for key, value in asdict(self).items() if key not in ('images', 'what')}

    def as_markdown(self) -> str:
        """Return a title."""
        sizes = f'{self.images[0]} and {self.images[1]} {self.what}'
        return f'**{self.source} → {self.target}**, {self.split} split, {sizes}'


@dataclass(frozen=True, slots=True)
class GapReport:
    """The distances between two domains.

    Args:
        measured: What was compared.
        rows: The distances, a row for the pixels and for each network.
        halves_of_the_source: The same of two random halves of the source: what a distance of nothing looks like.
        fid: Frechet Inception distance; ``None`` without Inception's weights on this machine.
        reading: What the figures say, a sentence a row.
        advice: What usually helps.
        notes: How the figures were computed.
    """

    measured: Measured
    rows: tuple[Gap, ...]
    halves_of_the_source: tuple[Gap, ...]
    fid: float | None
    reading: tuple[str, ...]
    advice: tuple[str, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return self.measured.as_json() | {
            'rows': [as_json(gap) for gap in self.rows],
            'halves_of_the_source': [as_json(gap) for gap in self.halves_of_the_source],
            'fid': self.fid,
            'reading': list(self.reading),
            'advice': list(self.advice),
            'notes': list(self.notes),
        }

    def as_markdown(self) -> str:
        """Return the tables and sentences."""
        main, *more = tables([*self.rows, *self.halves_of_the_source])
        read_out = bullets([*self.reading, *self.advice])
        return (
            '\n\n'.join([inert(self.measured.as_markdown()), main, read_out, *more, bullets(self.notes)])
            + '\n'
        )


@dataclass(frozen=True, slots=True)
class HalvesReport:
    """How often the permutation test rejects what is true: that two halves of one domain are alike.

    Args:
        measured: What was compared.
        repeats: The p-values, for the pixels and for each network.
        reading: What they say, a sentence each.
    """

    measured: Measured
    repeats: tuple[Repeats, ...]
    reading: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        repeats = [plain(asdict(each)) for each in self.repeats]
        return self.measured.as_json() | {'repeats': repeats, 'reading': list(self.reading)}

    def as_markdown(self) -> str:
        """Return the sentences."""
        return f'{inert(self.measured.as_markdown())}\n\n{bullets(self.reading)}\n'


def gap(
    source: DomainDataset | DomainPair | str,
    target: DomainDataset | None = None,
    *,
    on: Sequence[str | Network] = BUILT_IN,
    split: str = 'test',
    samples: int = 1000,
    permutations: int = 499,
    seed: int = 0,
    halves: Side | None = None,
) -> GapReport:
    """Measure how far apart two domains are; no label of the target is read.

    Args:
        source: The source domain; or a pair, or the name or ``.yaml`` file of a benchmark, without ``target``.
        target: The target domain.
        on: What to measure on: ``pixels`` (features or series as they are), ``encoder`` (a fixed network, of images
            only), and functions that return features of both domains in your own networks.
        split: ``train``, ``val`` or ``test``.
        samples: Images of each domain, at most; at least 20.
        permutations: Of each permutation test, at least 199.
        seed: Of all that is drawn, at least 0.
        halves: Compare two random halves of the ``source`` or of the ``target`` instead.

    Raises:
        UserError: No such benchmark, or too few images.
        CheckError: An argument is out of range.
    """
    _check(samples=samples, permutations=permutations, seed=seed)
    pair = pair_of(source, target)
    domains = load_domains(pair, split, samples=samples, seed=seed, halves=halves)
    draw = {'permutations': permutations, 'seed': seed}
    rows = [gap_of(each, domains.labels, domains.classes, **draw) for each in _seen(on, domains, pair, seed)]
    floor: list[Gap] = []
    if halves is None:
        half = load_domains(pair, split, samples=samples, seed=seed, halves='source')
        fixed = [each for each in on if isinstance(each, str)]
        floor = [_floor(gap_of(each, None, (), **draw)) for each in _seen(fixed, half, pair, seed)]
    return _report(_measured(domains, seed, permutations, halves), rows, floor, *_inception(domains, on))


def repeat_halves(
    source: DomainDataset | DomainPair | str,
    target: DomainDataset | None = None,
    *,
    repeats: int = 100,
    on: Sequence[str | Network] = BUILT_IN,
    split: str = 'test',
    samples: int = 1000,
    permutations: int = 499,
    seed: int = 0,
    halves: Side = 'source',
) -> HalvesReport:
    """Halve one domain at random many times, and count how often the permutation test calls the halves different.

    Args:
        source: As in ``gap``.
        target: As in ``gap``.
        repeats: How many times, at least 1; the seeds count upwards from ``seed``.
        on: As in ``gap``.
        split: As in ``gap``.
        samples: As in ``gap``.
        permutations: As in ``gap``.
        seed: The first seed.
        halves: Which domain to halve.

    Raises:
        UserError: No such benchmark, or too few images.
        CheckError: An argument is out of range.
    """
    _check(samples=samples, permutations=permutations, seed=seed, repeats=repeats)
    pair = pair_of(source, target)
    domains = load_domains(pair, split, samples=samples, seed=seed, halves=halves)
    draw = {'repeats': repeats, 'permutations': permutations, 'seed': seed}
    found = [
        repeated(each.name, np.concatenate([each.source, each.target]), **draw)
        for each in _seen(on, domains, pair, seed)
    ]
    reading = tuple(repeats_in_words(each, seed) for each in found)
    return HalvesReport(_measured(domains, seed, permutations, halves), tuple(found), reading)


def _check(**values: int) -> None:
    for key, value in values.items():
        check(value >= LEAST[key], f'expected `{key}` of at least {LEAST[key]}, got {value}')
        check(value <= MOST or key == 'seed', f'expected `{key}` of at most {MOST:,}, got {value}')


def _seen(on: Sequence[str | Network], domains: Domains, pair: DomainPair, seed: int) -> Iterator[Seen]:
    """Yield the features to measure, one row each."""
    for each in _applicable(on, domains):
        if callable(each):
            yield from each(domains, pair)
        elif each == 'pixels':
            yield pixels(domains)
        elif each == 'encoder':
            name, network = fixed_encoder(domains.image_shape, seed)
            yield encoded(name, network, network.stages(), domains)
        else:
            raise unknown('features', each, BUILT_IN)


def _applicable(on: Sequence[str | Network], domains: Domains) -> list[str | Network]:
    """Return what there is to measure on: an encoder sees images, and features have none."""
    left = [each for each in on if each != 'encoder' or domains.are_images]
    if on and not left:
        raise UserError(
            f'an encoder sees images, and {domains.names[0]} has none; measure on pixels, the data as they are'
        )
    return left


def _measured(domains: Domains, seed: int, permutations: int, halves: Side | None) -> Measured:
    sizes = len(domains.source), len(domains.target)
    what = 'images' if domains.are_images else 'samples'
    return Measured(
        *domains.names, tuple(domains.classes), domains.split, seed, permutations, halves, sizes, what
    )


def _report(
    measured: Measured, rows: list[Gap], floor: list[Gap], inception: float | None, remark: list[str]
) -> GapReport:
    trained = [row for row in rows if any(layer.name == 'logits' for layer in row.layers)]
    reading = [*map(read, rows), before_and_after(trained)]
    return GapReport(
        measured=measured,
        rows=tuple(rows),
        halves_of_the_source=tuple(floor),
        fid=inception,
        reading=tuple(sentence for sentence in reading if sentence),
        advice=tuple(advice(_before_adaptation(rows, trained))),
        notes=(*NOTES, *remark),
    )


def _before_adaptation(rows: list[Gap], trained: list[Gap]) -> Gap:
    """Return the row to advise on: the network before adaptation, else the encoder, else the first."""
    before = [row for row in trained if row.name == 'source_only']
    encoder = [row for row in rows if row.layers and row not in trained]
    return (before or encoder or rows)[0]


def _floor(row: Gap) -> Gap:
    return Gap(f'{row.name}, halves of the source', row.distances)


def _inception(domains: Domains, on: Sequence[str | Network]) -> tuple[float | None, list[str]]:
    if 'pixels' not in on or not domains.are_images:
        return None, []
    if why := without_inception():
        return None, [f'No FID: {why}. Each Frechet distance is that of the features its row names.']
    shown = (domains.augment.evaluation(images[:]) for images in (domains.source, domains.target))
    value = fid(*shown)
    return value, [f'FID (Inception v3, torchmetrics): {value:.1f}.']
