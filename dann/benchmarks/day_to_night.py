"""``dann benchmark day-to-night`` as a script."""

import sys

from dann.cli import main

if __name__ == '__main__':
    sys.exit(main(['benchmark', 'day-to-night', *sys.argv[1:]]))
