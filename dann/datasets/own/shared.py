"""What the three layouts of a user's own data share: folders, a table, arrays."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from dann.core.errors import UserError, unknown
from dann.core.regular import regular
from dann.datasets.base import SPLITS

DELIMITERS = ',;\t'
INDEX = ('', 'Unnamed: 0')  # what pandas calls the column in front that numbers the rows
ALSO = {'valid': 'val', 'validation': 'val', 'training': 'train', 'testing': 'test'}


def parse_split(name: str) -> str | None:
    """Return the split that a name stands for, as ``valid`` for ``val``; ``None`` for any other name."""
    plain = name.strip().lower()
    return plain if plain in SPLITS else ALSO.get(plain)


def label_of(text: str) -> str:
    """Return a label as every layout reads it: '' where it is not known, which -1 says too; 3.0 is 3.

    Example:
        >>> [label_of(text) for text in ('car', '3.0', '-1', '-1.0', '')]
        ['car', '3', '', '', '']
    """
    whole = re.sub(r'^(-?\d+)\.0+$', r'\1', text)
    return '' if whole == '-1' else whole


def delimiter_of(file: TextIO) -> str:
    """Return what parts the cells of a table, told from its first line: a comma, a semicolon or a tab."""
    line = file.readline()
    file.seek(0)
    return max(DELIMITERS, key=line.count)


def index_columns(header: Sequence[str]) -> int:
    """Return how many columns in front hold no data: 1 where the first numbers the rows, as pandas writes them."""
    return int(len(header) > 1 and header[0].strip() in INDEX)


def check_command(root: Path) -> str:
    """Return the command that finds all that is wrong with the user's own data."""
    return f'`dann data check {shlex.quote(str(root))}`'


def validate_domain(domain: str, known: Sequence[str], root: Path) -> str:
    """Return ``domain`` if the data has it.

    Raises:
        UserError: ``root`` has no such domain, or none at all.
    """
    if not known:
        raise UserError(
            f'{root} has no domain; lay images out as ROOT/domain/class/image, see {check_command(root)}'
        )
    if domain not in known:
        raise unknown(f'domain of {root}', domain, known)
    return domain


def domain_name(root: Path, domain: str) -> str:
    """Return the full name of a domain, such as ``photos/day``: the folder's or file's name, then the domain's."""
    place = root.resolve()
    return f'{place.stem if place.is_file() else place.name}/{domain}'


def classes_of(domain: str, labels: Mapping[str, Iterable[str]], root: Path) -> tuple[str, ...]:
    """Return the sorted classes of a domain; of all labelled domains together if it has no labels.

    Args:
        domain: The domain.
        labels: Classes by domain; none for one without labels.
        root: Named in the error.

    Raises:
        UserError: No domain has labels.
    """
    own = set(labels[domain]) or {label for others in labels.values() for label in others}
    if not own:
        raise UserError(
            f'no domain of {root} has labels, and the source needs them; see {check_command(root)}'
        )
    # numbers in their order, whether written 9 or 09
    return tuple(sorted(own, key=lambda label: (int(label) if label.isdecimal() else -1, label)))


def file_signature(path: Path) -> str:
    """Return a file's size and a hash of its middle: enough to tell it from another file of the same name."""
    size = path.stat().st_size
    with regular(path).open('rb') as file:
        file.seek(max(0, size // 2 - 512))
        return f'{size} {hashlib.sha256(file.read(1024)).hexdigest()[:16]}'
