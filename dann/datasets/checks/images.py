"""Rules about single images, and about what all have in common."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from dann.datasets.checks.faults import Findings
from dann.datasets.checks.listing import Entry
from dann.datasets.checks.reading import Facts

SMALLEST = 8
LONGEST = 4
Read = Sequence[tuple[Entry, Facts]]


def check_images(read: Read, findings: Findings) -> None:
    """Report images that cannot be read and images that look wrong."""
    for entry, facts in read:
        if facts.fault:
            findings.add(facts.fault, entry.name, detail=facts.detail)
            continue
        size = f'{facts.width}x{facts.height}'
        short, long = sorted((facts.width, facts.height))
        if facts.format:
            findings.add('wrong-suffix', entry.name, detail=f'is {facts.format}')
        if short < SMALLEST:
            findings.add('small-image', entry.name, detail=size)
        if long > LONGEST * short:
            findings.add('extreme-aspect', entry.name, detail=size)
        if facts.blank:
            findings.add('blank-image', entry.name)
    _channels(read, findings)


def _channels(read: Read, findings: Findings) -> None:
    """Report images unlike most of their domain, and domains unlike one another."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for entry, facts in read:
        if facts.channels:
            kinds[entry.domain][facts.channels] += 1
    usual = {domain: counted.most_common(1)[0][0] for domain, counted in kinds.items()}
    for entry, facts in read:
        if facts.channels and facts.channels != usual[entry.domain]:
            findings.add('mixed-channels', entry.name, detail=facts.channels)
    for one, other in pairwise(sorted(usual)):
        if usual[one] != usual[other]:
            findings.add('mixed-channels', one, detail=f'{usual[one]}, while {other} is {usual[other]}')
