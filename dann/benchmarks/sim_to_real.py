"""``dann benchmark sim-to-real`` as a script."""

import sys

from dann.cli import main

if __name__ == '__main__':
    sys.exit(main(['benchmark', 'sim-to-real', *sys.argv[1:]]))
