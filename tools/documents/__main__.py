"""``python -m tools.documents``: writes the generated pages of ``docs/`` anew."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dann.core.errors import UserError
from tools.documents import keep_rankings, keep_results, keep_study, write_documents


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pages; return 0, or the status of what is wrong with the request."""
    parser = argparse.ArgumentParser(prog='python -m tools.documents', description=__doc__)
    parser.add_argument('--out', type=Path, default=Path('docs'), metavar='DIR', help='folder of the pages')
    parser.add_argument('--results', type=Path, metavar='DIR', help='keep the results of this run first')
    parser.add_argument(
        '--rankings',
        type=Path,
        nargs='+',
        metavar='DIR',
        help='judge the selection rules on these records first',
    )
    parser.add_argument('--study', nargs=2, metavar=('NAME', 'DIR'), help='keep what this study says first')
    options = parser.parse_args(argv)
    try:
        if options.rankings:
            print(f'Rankings: {keep_rankings(options.rankings, options.out)}')
        for path in keep_results(options.results, options.out) if options.results else []:
            print(f'Results: {path}')
        if options.study:
            print(f'Study: {keep_study(options.study[0], Path(options.study[1]), options.out)}')
        for path in write_documents(options.out):
            print(f'Document: {path}')
    except UserError as error:
        print(f'dann: {error}', file=sys.stderr)
        return error.status
    return 0


if __name__ == '__main__':
    sys.exit(main())
