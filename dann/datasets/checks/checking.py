"""The whole check: list the images, read them, and apply the rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dann.core.errors import UserError, check, unknown
from dann.datasets.checks.arrays import list_arrays
from dann.datasets.checks.classes import Counts, Shift, check_classes, counted, shifts
from dann.datasets.checks.copies import check_copies
from dann.datasets.checks.faults import Findings
from dann.datasets.checks.features import check_constant, list_features
from dann.datasets.checks.folder import list_folder
from dann.datasets.checks.groups import GroupCounts, about, check_groups, group_counts
from dann.datasets.checks.listing import Listing
from dann.datasets.checks.near import check_near
from dann.datasets.checks.reading import Read, read_all
from dann.datasets.checks.table import list_table
from dann.datasets.own.feature_table import is_feature_table


@dataclass(frozen=True, slots=True)
class Check:
    """What a data set holds and what is wrong with it.

    Args:
        listing: What there is.
        read: Every image with what reading it told.
        findings: What is wrong.
        counts: Readable images by domain, split and class.
        shifts: Label shift of every pair of domains.
        groups: Samples by domain, group and class; empty where no groups were asked for.
    """

    listing: Listing
    read: Read
    findings: Findings
    counts: Counts
    shifts: list[Shift]
    groups: GroupCounts = field(default_factory=dict)

    @property
    def status(self) -> int:
        """0, or 1 where there are errors; warnings do not count."""
        return 1 if self.findings.of('error') else 0

    def record(self) -> dict[str, Any]:
        """Return what a program wants to know."""
        counts = {
            domain: {split or 'drawn': dict(sorted(part.items())) for split, part in parts.items()}
            for domain, parts in self.counts.items()
        }
        groups = {
            domain: {name: about(parts, name) for name in sorted(parts)}
            for domain, parts in self.groups.items()
        }
        return {
            'root': str(self.listing.root),
            'layout': self.listing.layout,
            'images': len(self.read),
            'errors': len(self.findings.of('error')),
            'warnings': len(self.findings.of('warning')),
            'findings': [finding.record() for finding in self.findings],
            'counts': counts,
            'label_shift': [
                {'domains': [shift.source, shift.target], 'total_variation': round(shift.distance, 4)}
                for shift in self.shifts
            ],
        } | ({'groups': groups} if groups else {})


def list_data(root: Path, domains: Collection[str] = (), groups: str | None = None) -> Listing:
    """List a folder, a ``.csv``, an ``.npz`` or an ``.npy`` with the files beside it.

    Args:
        root: Any of them.
        domains: Those to look at; all where empty.
        groups: The column of a table of features that says groups, and so is no feature; ``None`` for none.

    Raises:
        UserError: ``root`` is none of these, or has no such domain.
    """
    if not root.exists():
        raise UserError(
            f'expected a folder, a .csv, an .npz or an .npy, got {root}, which does not exist; correct the path'
        )
    tables = partial(list_features, groups=groups) if is_feature_table(root) else list_table
    kinds: dict[str, Callable[..., Listing]] = {'.csv': tables, '.npz': list_arrays, '.npy': list_arrays}
    if not root.is_dir() and root.suffix.lower() not in kinds:
        raise UserError(
            f'expected a folder, a .csv, an .npz or an .npy, got {root}; give the folder that holds it'
        )
    lister: Callable[..., Listing] = list_folder if root.is_dir() else kinds[root.suffix.lower()]
    try:
        listing = lister(root, domains)
        for domain in sorted(set(domains) - set(listing.domains)):
            raise unknown('domain', domain, lister(root).domains)
    except OSError as error:
        raise UserError(f'cannot read {root} ({error.strerror}); check its permissions') from error
    return listing


def check_data(
    root: Path,
    *,
    source: str | Sequence[str] | None = None,
    target: str | None = None,
    groups: str | None = None,
) -> Check:
    """Check the user's own data set: list and read everything, and stop at no fault.

    Labels of all domains are read, the target's too. The result is a report; nothing of it flows into training.

    Args:
        root: A folder of domains, a ``.csv``, an ``.npz`` or an ``.npy``.
        source: Limits the check to this domain, or to several, and ``target``.
        target: As above.
        groups: Where the group of each sample is said, as ``groups`` of the data set has it; ``None`` for no groups.

    Raises:
        UserError: ``root`` is none of these, or has no such domain.
    """
    check(
        (source is None) == (target is None),
        'expected both of `--source` and `--target`, got one; give the other',
    )
    sources = [source] if isinstance(source, str) else list(source or ())
    domains = [] if target is None else [*sources, target]
    for domain in domains:
        check(domains.count(domain) == 1, f'expected different domains, got {domain!r} twice; name another')
    listing = list_data(root, domains, groups)
    listing.domains.sort(key=lambda name: (domains.index(name) if name in domains else 0, name))
    read = list(zip(listing.entries, read_all(listing), strict=True))
    counts = counted(listing, read)
    check_classes(listing, counts, listing.findings, sources)
    for entry, facts in read:
        if facts.fault:
            listing.findings.add(facts.fault, entry.name, detail=facts.detail)
        if facts.faint:
            listing.findings.add('nearly-black', entry.name)
    check_copies(read, listing.findings)
    check_near(read, listing.findings)
    check_constant(listing, read)
    grouped = {} if groups is None else group_counts(root, listing.domains, groups, listing.findings)
    check_groups(grouped, listing.findings)
    return Check(listing, read, listing.findings, counts, shifts(counts), grouped)
