"""Which groups of samples there are, class by class, and the rules about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from dann.core.errors import CheckError, UserError
from dann.datasets.checks.classes import SHIFT, total_variation
from dann.datasets.checks.faults import Findings
from dann.datasets.own.layouts import class_for

LEAST = 10
Groups = dict[str, Counter[str]]  # samples by group and class
GroupCounts = dict[str, Groups]


def group_counts(root: Path, domains: Collection[str], groups: str, findings: Findings) -> GroupCounts:
    """Return samples by domain, group and class.

    Args:
        root: A folder of domains, a ``.csv``, an ``.npz`` or an ``.npy``.
        domains: Those to look at.
        groups: Where the group of each sample is said.
        findings: Takes why groups cannot be told.
    """
    found: GroupCounts = {}
    kind, key = class_for(root)
    for name in filter(None, domains):
        options: dict[str, Any] = {key: str(root), 'domain': name, 'groups': groups}
        try:
            told = kind(**options).told()
        except (UserError, CheckError) as error:
            findings.add('no-group', name, detail=str(error))
            continue
        parts: Groups = {}
        for label, group, _ in told:
            parts.setdefault(group, Counter())[label] += 1
        found[name] = parts
    return found


def about(parts: Mapping[str, Counter[str]], group: str) -> dict[str, Any]:
    """Return what a program wants to know of one group of a domain.

    Args:
        parts: Samples of the domain by group and class.
        group: The group.
    """
    whole = sum(part.total() for part in parts.values())
    own = parts[group]
    return {
        'count': own.total(),
        'share': round(own.total() / whole, 4),
        'classes': dict(sorted(own.items())),
    }


def check_groups(counts: GroupCounts, findings: Findings) -> None:
    """Report classes of which a group has few samples, and groups that tell the class.

    Args:
        counts: Samples by domain, group and class.
        findings: Takes what is wrong.
    """
    for domain, parts in counts.items():
        labels = sorted({label for part in parts.values() for label in part if label})
        for group, part in sorted(parts.items()):
            for label in labels:
                if part[label] < LEAST:
                    findings.add('rare-group', f'{domain}/{label}/{group}', detail=str(part[label]))
            others = sum((each for name, each in parts.items() if name != group), Counter[str]())
            if others and (distance := total_variation(part, others)) > SHIFT:
                findings.add('group-tells-class', f'{domain}/{group}', detail=f'{distance:.2f}')
