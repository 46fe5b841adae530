"""Rules about domains, splits and classes, and the counts they are made from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from dann.datasets.base import SPLITS
from dann.datasets.checks.faults import Findings
from dann.datasets.checks.listing import Listing, same_class
from dann.datasets.checks.reading import Read

SHIFT = 0.3
LEAST = {None: 10, 'train': 5, 'val': 1, 'test': 1}
Counts = dict[str, dict[str | None, Counter[str]]]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the classes of two domains are from equally frequent.

    Args:
        source: One domain.
        target: The other.
        distance: Total variation distance of their label distributions, in [0, 1].
    """

    source: str
    target: str
    distance: float


def counted(listing: Listing, read: Read) -> Counts:
    """Return readable images by domain, split and class as written."""
    counts: Counts = {domain: {} for domain in listing.domains}
    for entry, facts in read:
        if entry.domain and entry.label is not None and not facts.fault:
            counts[entry.domain].setdefault(entry.split, Counter())[entry.label] += 1
    return counts


def total_variation(one: Counter[str], other: Counter[str]) -> float:
    """Half the sum of the absolute differences of two label distributions.

    Args:
        one: Images by class; at least one.
        other: The same of the other domain.
    """
    first, second = one.total(), other.total()
    return sum(abs(one[name] / first - other[name] / second) for name in one.keys() | other.keys()) / 2


def shifts(counts: Counts) -> list[Shift]:
    """Return the label shift of every pair of domains that have images."""
    merged = {domain: _merged(parts) for domain, parts in counts.items()}
    present = [domain for domain in counts if merged[domain].total()]
    return [Shift(a, b, total_variation(merged[a], merged[b])) for a, b in combinations(present, 2)]


def _merged(parts: dict[str | None, Counter[str]]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for part in parts.values():
        for label, count in part.items():
            if label:
                whole[same_class(label)] += count
    return whole


def check_classes(listing: Listing, counts: Counts, findings: Findings, sources: Sequence[str] = ()) -> None:
    """Report domains, splits and classes that are missing, too small or unlike.

    Args:
        listing: What there is.
        counts: Of the readable images.
        findings: Takes what is wrong.
        sources: The domains that need labels; without any, some domain has to have labels.
    """
    named = [domain for domain in listing.domains if domain]
    # where the layout could not be read, that is said already
    unknown = not named and (len(findings) > 0 or len(listing.entries) > 0)
    if len(named) < 2 and not unknown:
        findings.add('one-domain', *named, detail='' if named else 'no folder of a domain')
    _unlabelled(listing, findings, sources)
    _splits(listing, findings)
    _class_lists(listing, findings)
    _few(listing, counts, findings)
    for shift in shifts(counts):
        if shift.distance > SHIFT:
            pair = f'{shift.source} - {shift.target}'
            findings.add('label-shift', pair, detail=f'total variation distance {shift.distance:.2f}')


def _unlabelled(listing: Listing, findings: Findings, sources: Sequence[str]) -> None:
    """Report a source without labels, and gaps in a domain that has some; a target needs none."""
    labelled = {entry.domain for entry in listing.entries if entry.label != ''}
    lacking = {entry.domain for entry in listing.entries if entry.domain} - labelled
    if lacking & {*sources} or (lacking and not labelled):
        findings.add('no-labels', *sorted(lacking & {*sources} or lacking))
    for entry in listing.entries:
        if entry.label == '' and entry.domain in labelled:
            findings.add('unlabelled-image', entry.name)


def _splits(listing: Listing, findings: Findings) -> None:
    drawn = {entry.domain for entry in listing.entries if entry.split is None}
    for domain in listing.domains:
        if domain in drawn or not listing.splits[domain]:
            continue
        for split in SPLITS:
            if split not in listing.splits[domain]:
                code = 'missing-split' if split == 'train' else 'drawn-split'
                findings.add(code, domain, detail=f'no {split}')


def _class_lists(listing: Listing, findings: Findings) -> None:
    spellings: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for domain, label in {(entry.domain, entry.label or '') for entry in listing.entries}:
        if domain and label:
            spellings[same_class(label)][label].add(domain)
    if len(spellings) == 1:
        findings.add('one-class', *spellings)
    filled = {domain for names in spellings.values() for found in names.values() for domain in found}
    declared = {(domain, same_class(label)) for domain, label in listing.empty}
    for name, written in sorted(spellings.items()):
        if len(written) > 1:
            where = [f'{domain}/{label}' for label in sorted(written) for domain in sorted(written[label])]
            findings.add('class-spelling', *where)
        here = {domain for found in written.values() for domain in found}
        lacking = sorted(domain for domain in filled - here if (domain, name) not in declared)
        if lacking:
            where = [f'{domain}/{label}' for label in sorted(written) for domain in sorted(written[label])]
            findings.add('class-in-one-domain', *where, detail=f'not in {", ".join(lacking)}')


def _few(listing: Listing, counts: Counts, findings: Findings) -> None:
    for domain, parts in counts.items():
        by_split: dict[str | None, Counter[str]] = {
            split: _merged({split: part}) for split, part in parts.items()
        }
        classes = sorted({name for part in by_split.values() for name in part})
        for split, part in by_split.items():
            if split is None and listing.splits[domain]:
                continue  # strays among images that have a split
            for name in classes:
                if part[name] < LEAST[split]:
                    where = '/'.join(filter(None, (domain, split, name)))
                    findings.add('few-images', where, detail=f'{part[name]}, fewer than {LEAST[split]}')
