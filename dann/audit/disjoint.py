"""Images that occur in two splits, or in both domains."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from itertools import combinations

import torch

from dann.audit.findings import Finding
from dann.datasets.base import SPLITS, DomainDataset
from dann.datasets.pair import DomainPair
from dann.datasets.unseen import part_of

NAME, CHUNK = 'disjoint splits', 256
Place = tuple[str, str, int]
Domains = dict[str, DomainDataset]
Copies = dict[tuple[str, str], list[tuple[Place, Place]]]


def disjoint_splits(pair: DomainPair, *, seconds: float = 60) -> Finding:
    """Check that no image of one split occurs in another split or in the other domain, by the hash of its pixels.

    Of unseen domains the test split is checked, which nothing else may hold.

    Images of one colour are left out, as black frames are alike without being copies.

    Args:
        pair: Set up, with all its images.
        seconds: After this time, images that would be read from disk one by one are skipped.
    """
    domains = {'target': pair.target} if pair.reference else {'source': pair.source, 'target': pair.target}
    places = [(domain, split) for domain in domains for split in SPLITS]
    domains |= {part_of(each): each for each in pair.unseen}
    places += [(part_of(each), 'test') for each in pair.unseen]
    whole = sum(len(domains[domain].images(split)) for domain, split in places)
    shared, read = _shared(domains, places, time.monotonic() + seconds)
    if shared:
        return Finding(NAME, 'fail', '; '.join(_evidence(domains, *each) for each in shared.items()))
    if read < whole:
        evidence = f'no image twice among the {read:,} of {whole:,} that could be read in {seconds:.0f} s'
        return Finding(NAME, 'undecided', evidence)
    pairs = len(list(combinations(places, 2)))
    return Finding(
        NAME, 'pass', f'no two of {whole:,} images have equal pixels across {pairs} pairs of splits'
    )


def _shared(domains: Domains, places: list[tuple[str, str]], until: float) -> tuple[Copies, int]:
    """Return the images of equal pixels in two places, by these places, and how many images were read."""
    first, shared, read = dict[bytes, Place](), Copies(), 0
    for domain, split in places:
        for position, digest in _digests(domains[domain], split, until):
            read += 1
            place = (domain, split, position)
            seen = first.setdefault(digest, place) if digest else place
            if seen[:2] != place[:2]:
                shared.setdefault((f'{seen[0]} {seen[1]}', f'{domain} {split}'), []).append((seen, place))
    return shared, read


def _digests(domain: DomainDataset, split: str, until: float) -> Iterator[tuple[int, bytes]]:
    images = domain.images(split)
    for start in range(0, len(images), CHUNK):
        if not isinstance(images, torch.Tensor) and time.monotonic() > until:
            return
        pixels = images[start : start + CHUNK].numpy()
        for place, each in enumerate(pixels):
            plain = each.min() == each.max()
            yield start + place, b'' if plain else hashlib.blake2b(each.tobytes(), digest_size=16).digest()


def _evidence(domains: Domains, where: tuple[str, str], copies: list[tuple[Place, Place]]) -> str:
    names = [domains[domain].names(split)[position] for domain, split, position in copies[0]]
    return f'{len(copies)} images are in {where[0]} and in {where[1]}, for example {names[0]} and {names[1]}'
