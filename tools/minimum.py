"""The lowest versions that setup.cfg allows, as constraints for pip: what ``make test-minimum`` installs.

Every direct dependency, those of the extras too, is pinned to its lower bound. Everything else may be no newer than in
``constraints.txt``, but older where a lower bound asks for it::

    python tools/minimum.py > minimum.txt
    pip install -c minimum.txt -e '.[test]'
    python tools/minimum.py --installed
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parent.parent
REQUIREMENT = re.compile(r'(?P<name>[\w.-]+)(\[[\w, ]+\])?\s*>=\s*(?P<lowest>[\w.]+)')


def normal(name: str) -> str:
    """Return a package's name as the index compares it: lower case, with hyphens."""
    return re.sub(r'[-_.]+', '-', name).lower()


def lowest(configuration: str) -> dict[str, str]:
    """Return the lower bound of every direct dependency but the development tools: name -> version.

    Args:
        configuration: Text of a setup.cfg.

    Raises:
        ValueError: A requirement has no lower bound.
    """
    parser = ConfigParser()
    parser.read_string(configuration)
    extras = dict(parser['options.extras_require'])
    for name in ('test', 'site', 'dev'):
        extras.pop(name, None)
    bounds = {}
    for line in '\n'.join([parser['options']['install_requires'], *extras.values()]).splitlines():
        if line.strip():
            found = REQUIREMENT.match(line)
            if found is None:
                raise ValueError(
                    f'expected `NAME >= VERSION` in setup.cfg, got {line!r}; give it a lower bound'
                )
            bounds[normal(found['name'])] = found['lowest']
    return bounds


def pinned(constraints: str) -> dict[str, str]:
    """Return the versions of a constraints file: name -> version."""
    pairs = (line.split('==') for line in constraints.splitlines() if '==' in line)
    return {normal(name): version for name, version in pairs}


def constraints(bounds: dict[str, str], known: dict[str, str], kept: Sequence[str] = ()) -> list[str]:
    """Return the lines of a constraints file for the lowest versions.

    Args:
        bounds: Lower bounds of the direct dependencies.
        known: Versions of constraints.txt.
        kept: Direct dependencies that stay at the version of constraints.txt.
    """
    exact = {name: known[name] if name in kept else version for name, version in bounds.items()}
    others = {name: version for name, version in known.items() if name not in exact}
    return [f'{name}=={version}' for name, version in exact.items()] + [
        f'{name}<={version}' for name, version in others.items()
    ]


def installed(bounds: dict[str, str]) -> list[str]:
    """Return a line for every direct dependency: the installed version, and the lowest where it is another."""
    lines = []
    for name, bound in bounds.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            found = 'not installed'
        same = re.match(rf'{re.escape(bound)}(\.0)*$', found)
        lines.append(f'{name} {found}' + ('' if same else f' (lowest allowed: {bound})'))
    return lines


def main(argv: Sequence[str] | None = None) -> None:
    """Print the constraints, or what is installed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        '--keep', nargs='*', default=[], metavar='NAME', help='leave at the version of constraints.txt'
    )
    parser.add_argument(
        '--installed', action='store_true', help='print the versions of this environment instead'
    )
    options = parser.parse_args(argv)
    bounds = lowest((ROOT / 'setup.cfg').read_text(encoding='utf-8'))
    known = pinned((ROOT / 'constraints.txt').read_text(encoding='utf-8'))
    lines = (
        installed(bounds) if options.installed else constraints(bounds, known, [*map(normal, options.keep)])
    )
    print('\n'.join(lines))


if __name__ == '__main__':
    main()
