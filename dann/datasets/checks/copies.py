"""Rules about one image that is there twice: leakage, duplicates, conflicting labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from dann.datasets.checks.faults import Findings
from dann.datasets.checks.listing import Entry, same_class
from dann.datasets.checks.reading import ImageFacts, Read

Members = Sequence[tuple[Entry, ImageFacts]]


def check_copies(read: Read, findings: Findings) -> None:
    """Report equal files and equal pixels: between domains, between splits, within a split, between classes."""
    for group in _groups((one for one in read if not one[1].fault), _key):
        _conflict(group, findings)
        _spread(group, lambda entry: entry.domain, 'domains', findings)
        for domain in _by(group, lambda one: one[0].domain):
            _spread(domain, lambda entry: entry.split, 'splits', findings)
            # copies under several labels are a conflict, and no plain duplicates
            for alike in _by(domain, lambda one: (one[0].split, same_class(one[0].label or ''))):
                _duplicates(alike, findings)


def _key(one: tuple[Entry, ImageFacts]) -> str:
    # black frames are alike without being copies
    return one[1].content if one[1].blank else one[1].pixels


def _by(
    members: Iterable[tuple[Entry, ImageFacts]], key: Callable[[tuple[Entry, ImageFacts]], object]
) -> list[Members]:
    found: dict[object, list[tuple[Entry, ImageFacts]]] = defaultdict(list)
    for one in members:
        found[key(one)].append(one)
    return list(found.values())


def _groups(
    members: Iterable[tuple[Entry, ImageFacts]], key: Callable[[tuple[Entry, ImageFacts]], object]
) -> list[Members]:
    return [group for group in _by(members, key) if len(group) > 1]


def _names(members: Members) -> list[str]:
    return [entry.name for entry, _ in members]


def _labels(members: Members) -> list[str]:
    return sorted({same_class(entry.label) for entry, _ in members if entry.label})


def _conflict(group: Members, findings: Findings) -> None:
    labels = _labels(group)
    if len(labels) > 1:
        findings.add('conflicting-labels', *_names(group), detail=' or '.join(labels))


def _spread(group: Members, place: Callable[[Entry], str | None], kind: str, findings: Findings) -> None:
    """Report equal files in several places, and equal pixels of other files in several places."""

    def where(members: Members) -> list[str]:
        return sorted({place(entry) or 'not in a split' for entry, _ in members})

    files = _by(group, lambda one: one[1].content)
    spread = [same for same in files if len(where(same)) > 1]
    for same in spread:
        findings.add(f'leak-between-{kind}', *_names(same), detail=', '.join(where(same)))
    if len(spread) < len(files) and len(where(group)) > 1:
        findings.add(f'same-pixels-between-{kind}', *_names(group), detail=', '.join(where(group)))


def _duplicates(group: Members, findings: Findings) -> None:
    files = _by(group, lambda one: one[1].content)
    for same in files:
        if len(same) > 1:
            findings.add('duplicate-file', *_names(same))
    if len(files) > 1:
        # a draw keeps equal files together, not equal pixels
        before = '' if group[0][0].split else 'a split that is drawn may part them'
        findings.add('same-pixels', *_names([same[0] for same in files]), detail=before)
