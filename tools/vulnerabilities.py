"""Known vulnerabilities of the versions in ``constraints.txt``: ``python -m tools.vulnerabilities``.

Asks OSV through pip-audit, which lives in an environment of its own. Where OSV cannot be reached, or takes too long,
that is said in one line, and nothing fails.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.hashes import PINS
from tools.minimum import ROOT

AUDITOR = 'pip-audit==2.10.1'
SERVICE = 'https://api.osv.dev/v1/vulns/PYSEC-2020-1'
ANSWER, LIMIT = 5, 55  # seconds
FOUND = 'known vulnerabilities, above: pin mended versions in constraints.txt, then run `make hashes`'
Run = Callable[[Sequence[str], float], 'subprocess.CompletedProcess[str]']


def reached() -> bool:
    """Whether the data base answers; an error of its own is an answer too."""
    try:
        with urllib.request.urlopen(SERVICE, timeout=ANSWER):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500 and error.code != 407
    except OSError:
        return False


def executed(command: Sequence[str], limit: float) -> subprocess.CompletedProcess[str]:
    """Run a command for at most ``limit`` seconds, and return what it printed."""
    return subprocess.run(command, capture_output=True, encoding='utf-8', check=False, timeout=limit)


def audit(pins: Path, home: Path, run: Run = executed) -> tuple[int, str]:
    """Return the status and the line to print: 1 where a pinned version has a known vulnerability.

    Args:
        pins: The file of versions.
        home: Folder of the environment of pip-audit; made where it is not there.
        run: Runs a command within so many seconds.
    """
    end = time.monotonic() + LIMIT
    try:
        python = _auditor(home, run)
        options = ['--no-deps', '--disable-pip', '-s', 'osv', '--progress-spinner', 'off', '-r', str(pins)]
        done = run([str(python), '-m', 'pip_audit', *options], max(1.0, end - time.monotonic()))
    except (OSError, subprocess.SubprocessError) as error:
        return (
            0,
            f'vulnerabilities were not looked up ({type(error).__name__}); run `make audit-dependencies` later',
        )
    if done.returncode == 0:
        return 0, f'no known vulnerability in the versions of {pins.name}'
    if not done.stdout.strip():  # it broke, as where the service went away; a finding is a table
        return (
            0,
            f'vulnerabilities were not looked up ({_last(done.stderr)}); run `make audit-dependencies` later',
        )
    return 1, f'{done.stdout.rstrip()}\n{FOUND}'


def _auditor(home: Path, run: Run) -> Path:
    python = home / ('Scripts' if sys.platform == 'win32' else 'bin') / 'python'
    if not python.exists():
        venv.create(home, with_pip=True)
    run([str(python), '-m', 'pip', 'install', '-q', AUDITOR], LIMIT).check_returncode()
    return python


def _last(text: str) -> str:
    return (text.strip().splitlines() or ['no output'])[-1][:200]


def main() -> int:
    """Print what is known, and return 1 where something is."""
    if not reached():
        print('vulnerabilities were not looked up: api.osv.dev cannot be reached from here')
        return 0
    status, line = audit(ROOT / PINS, ROOT / '.venv-audit')
    print(line)
    return status


if __name__ == '__main__':
    sys.exit(main())
