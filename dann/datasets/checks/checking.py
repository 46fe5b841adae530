"""The whole check: list the images, read them, and apply the rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dann.core.errors import UserError, check, unknown
from dann.datasets.checks.arrays import list_arrays
from dann.datasets.checks.classes import Counts, Shift, check_classes, counted, shifts
from dann.datasets.checks.copies import check_copies
from dann.datasets.checks.faults import Findings
from dann.datasets.checks.features import check_constant, list_features
from dann.datasets.checks.folder import list_folder
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
    """

    listing: Listing
    read: Read
    findings: Findings
    counts: Counts
    shifts: list[Shift]

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
        }


def list_data(root: Path, domains: Collection[str] = ()) -> Listing:
    """List a folder, a ``.csv``, an ``.npz`` or an ``.npy`` with the files beside it.

    Args:
        root: Any of them.
        domains: Those to look at; all where empty.

    Raises:
        UserError: ``root`` is none of these, or has no such domain.
    """
    if not root.exists():
        raise UserError(
            f'expected a folder, a .csv, an .npz or an .npy, got {root}, which does not exist; correct the path'
        )
    tables = list_features if is_feature_table(root) else list_table
    kinds = {'.csv': tables, '.npz': list_arrays, '.npy': list_arrays}
    if not root.is_dir() and root.suffix.lower() not in kinds:
        raise UserError(
            f'expected a folder, a .csv, an .npz or an .npy, got {root}; give the folder that holds it'
        )
    lister = list_folder if root.is_dir() else kinds[root.suffix.lower()]
    try:
        listing = lister(root, domains)
        for domain in sorted(set(domains) - set(listing.domains)):
            raise unknown('domain', domain, lister(root).domains)
    except OSError as error:
        raise UserError(f'cannot read {root} ({error.strerror}); check its permissions') from error
    return listing


def check_data(root: Path, *, source: str | None = None, target: str | None = None) -> Check:
    """Check the user's own data set: list and read everything, and stop at no fault.

    Labels of all domains are read, the target's too. The result is a report; nothing of it flows into training.

    Args:
        root: A folder of domains, a ``.csv``, an ``.npz`` or an ``.npy``.
        source: Limits the check to this domain and ``target``.
        target: As above.

    Raises:
        UserError: ``root`` is none of these, or has no such domain.
    """
    check(
        (source is None) == (target is None),
        'expected both of `--source` and `--target`, got one; give the other',
    )
    check(source is None or source != target, f'expected two domains, got {source!r} twice; name another')
    domains = [] if source is None or target is None else [source, target]
    listing = list_data(root, domains)
    listing.domains.sort(key=lambda name: (domains.index(name) if name in domains else 0, name))
    read = list(zip(listing.entries, read_all(listing), strict=True))
    counts = counted(listing, read)
    check_classes(listing, counts, listing.findings, source)
    for entry, facts in read:
        if facts.fault:
            listing.findings.add(facts.fault, entry.name, detail=facts.detail)
        if facts.faint:
            listing.findings.add('nearly-black', entry.name)
    check_copies(read, listing.findings)
    check_near(read, listing.findings)
    check_constant(listing, read)
    return Check(listing, read, listing.findings, counts, shifts(counts))
