"""What can be wrong with a data set: the kinds of fault, and those that were found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal['error', 'warning']


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault.

    Args:
        code: Its name.
        severity: ``error`` where training would fail or its result would mean nothing.
        what: What is wrong, in words.
        step: What to do next.
    """

    code: str
    severity: Severity
    what: str
    step: str


_MOVE = 'keep it in one'
_ERRORS = (
    ('unreadable', 'image that cannot be decoded', 'fetch it again or delete it'),
    ('zero-byte', 'file of zero bytes', 'fetch it again or delete it'),
    ('not-an-image', 'file whose content is no image', 'replace or delete it'),
    ('misplaced-image', 'image in no class folder', 'move it into one'),
    ('one-domain', 'fewer than two domains', 'add a source and a target'),
    ('wrapped-domains', 'domains that lie one folder deeper', 'name that folder in place of ROOT'),
    ('empty-domain', 'domain without images', 'add images or delete the folder'),
    ('empty-class', 'class folder without images', 'add images or delete it in every domain'),
    (
        'nested-classes',
        'one class folder that holds folders',
        'move these up by one if they are the classes: ROOT/domain/class/image',
    ),
    ('one-class', 'labels of a single class', 'add images of another'),
    ('class-in-one-domain', 'class that a domain lacks', 'make the class lists of all domains equal'),
    ('class-spelling', 'class name spelt in several ways', 'spell it the same everywhere'),
    ('missing-split', 'domain without a train split', 'add it, or have no splits and let them be drawn'),
    ('empty-split', 'split without images', 'add images, or delete all splits to have them drawn'),
    ('unknown-split', 'unknown name of a split', 'name it train, val or test'),
    ('leak-between-splits', 'same file in two splits of a domain', _MOVE + ' split'),
    ('leak-between-domains', 'same file in two domains', _MOVE + ' domain'),
    ('same-pixels-between-splits', 'equal pixels in files of two splits', _MOVE + ' split'),
    ('same-pixels-between-domains', 'equal pixels in files of two domains', _MOVE + ' domain'),
    ('conflicting-labels', 'one image under several labels', 'keep the right label'),
    ('missing-column', 'column or array that is missing', 'add or rename it'),
    ('encoding', 'text that is not UTF-8', 'save the table as UTF-8'),
    ('row-length', 'row with more or fewer cells than the header', 'put cells with a comma in quotes'),
    ('missing-file', 'path of no file', 'correct the path or delete the row'),
    ('empty-cell', 'row without path or domain', 'fill it in or delete the row'),
    ('no-labels', 'source without labels', 'lay images out as ROOT/domain/class/image, or fill in labels'),
    ('unlabelled-image', 'image without a label among labelled ones', 'label it or leave it out'),
    ('wrong-shape', 'array of another shape than expected', 'give every image one row in every array'),
    ('wrong-dtype', 'array of another type than expected', 'save it with the expected type'),
    ('nan', 'sample with NaN or infinite values', 'mend or delete it'),
    ('not-a-number', 'cell of a feature that is no number', 'mend it, or delete the row or the column'),
    ('no-group', 'groups that cannot be told', 'say the group of every sample'),
    ('label-range', 'label that is no class', 'number the classes from 0; -1 says that there is no label'),
)
_WARNINGS = (
    ('unread-suffix', 'image of a kind that is passed over', 'convert it to .jpg or .png'),
    ('drawn-split', 'split that is missing and will be drawn from train', 'add it if one is published'),
    ('few-images', 'class with few images', 'add images: at least 10, or 5, 1 and 1 in train, val and test'),
    (
        'label-shift',
        'label distributions more than 0.3 apart',
        'expect worse results, or balance the classes',
    ),
    ('rare-group', 'class with few samples of a group', 'add samples: rates of fewer than 10 say nothing'),
    (
        'group-tells-class',
        'group whose classes are more than 0.3 from those of the others',
        'balance it, or weigh groups in training: a network may learn the group for the class',
    ),
    (
        'constant-feature',
        'feature of one value in a whole domain',
        'leave it out, or check how it was measured there',
    ),
    (
        'nearly-black',
        'image of 16 bits that uses 12 or fewer and is read as nearly black',
        'bring it to 8 bits, all images by one factor',
    ),
    (
        'near-copy-between-splits',
        'images of two splits that look like copies',
        'look at them, and ' + _MOVE + ' split',
    ),
    (
        'near-copy-between-domains',
        'images of two domains that look like copies',
        'look at them, and ' + _MOVE + ' domain',
    ),
    ('duplicate-file', 'same file several times in a split', 'delete all but one'),
    ('same-pixels', 'equal pixels in several files of a split', 'delete all but one'),
)
FAULTS = {code: Fault(code, 'error', what, step) for code, what, step in _ERRORS} | {
    code: Fault(code, 'warning', what, step) for code, what, step in _WARNINGS
}
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One place where a fault was found.

    Args:
        files: Files, rows or folders that are concerned.
        detail: What is particular here.
    """

    files: tuple[str, ...]
    detail: str = ''

    def __str__(self) -> str:
        names = ' = '.join(self.files[:SHOWN]) + (' = ...' if len(self.files) > SHOWN else '')
        return f'{names} ({self.detail})' if self.detail else names


@dataclass(slots=True)
class Finding:
    """A fault and all places where it was found."""

    fault: Fault
    cases: list[Case] = field(default_factory=list)

    def __str__(self) -> str:
        more = f' and {len(self.cases) - SHOWN} more' if len(self.cases) > SHOWN else ''
        where = ', '.join(map(str, self.cases[:SHOWN]))
        return f'{self.fault.what}: {where}{more}; {self.fault.step}'

    def record(self) -> dict[str, Any]:
        """Return what a program wants to know."""
        fault, cases = self.fault, sorted(self.cases, key=lambda case: case.files)
        return {
            'code': fault.code,
            'severity': fault.severity,
            'what': fault.what,
            'count': len(cases),
            'files': [name for case in cases for name in case.files][:SHOWN],
            'cases': [{'files': list(case.files), 'detail': case.detail} for case in cases],
            'next': fault.step,
        }


class Findings:
    """What was found, by code, in the order of ``FAULTS``."""

    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}

    def add(self, code: str, *files: str, detail: str = '') -> None:
        """Note a place where the fault ``code`` was found."""
        self._found.setdefault(code, Finding(FAULTS[code])).cases.append(
            Case(files, ' '.join(detail.split()))
        )

    def __iter__(self) -> Iterator[Finding]:
        return (self._found[code] for code in FAULTS if code in self._found)

    def __contains__(self, code: str) -> bool:
        return code in self._found

    def __len__(self) -> int:
        return len(self._found)

    def of(self, severity: Severity) -> list[Finding]:
        """Return those of one severity."""
        return [finding for finding in self if finding.fault.severity == severity]
