"""``dann fit``, ``validate`` and ``test``: one model, through LightningCLI."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path

import yaml

from dann import configs
from dann.commands.fit_help import short_help
from dann.core.kept import kept
from dann.core.parts import PARTS

FIND, PICTURE = '--find-lr', Path('runs/find-lr.png')
HELP, HELP_ALL = ('-h', '--help'), '--help-all'
HEEDED = ('JSONARGPARSE_', 'PL_', 'DANN_', 'LC_', 'LANG', 'TERM', 'NO_COLOR', 'FORCE_COLOR', 'PYTHON_COLORS')
SUMMARIES = {
    'fit': 'train one model, through LightningCLI; with --find-lr, test learning rates instead',
    'validate': 'score it, through LightningCLI',
    'test': 'test it, through LightningCLI',
}


def run(arguments: Sequence[str]) -> int:
    """Run a command line that begins with one of the three commands."""
    if any(each in HELP for each in arguments):
        print(short_help(arguments[0]), end='')
        return 0
    if HELP_ALL in arguments:
        print(help_text(arguments[0]), end='')
        return 0
    from dann.engine.catalogue import resolve
    from dann.engine.experiment import ExperimentCLI
    from dann.engine.notices import hush

    for flag, value in pairwise(arguments):
        kind = flag.removeprefix('--').removeprefix('model.')
        if kind in ('model', *PARTS) and '.' in value and not value.endswith('.yaml'):
            resolve(kind, value)  # its own message says more than the parser's
    if arguments[0] == 'fit' and FIND in arguments:
        return _find_rate(experiment_arguments([each for each in arguments[1:] if each != FIND]))
    hush()
    ExperimentCLI(experiment_arguments(arguments))
    return 0


def _find_rate(arguments: Sequence[str]) -> int:
    """Test learning rates for a run, print the curve and draw it."""
    from dann.engine.experiment import ExperimentCLI
    from dann.engine.loggers import quiet
    from dann.engine.rate_test import range_test
    from dann.reporting.files import write_whole

    quiet()
    cli = ExperimentCLI([*arguments, '--trainer.logger', 'false'], run=False)
    curve = range_test(cli.model.to(cli.trainer.strategy.root_device), cli.datamodule)
    print(curve.text)
    write_whole(PICTURE, curve.picture())
    print(f'Curve: {PICTURE}')
    return 0


def help_text(command: str) -> str:
    """Return the whole help of one of the three commands.

    It names every option of the trainer and of the model, for which torch, Lightning and all methods are imported. So
    the first call takes seconds; the text is then kept, and made anew when anything that it depends on has changed.

    Args:
        command: A key of ``SUMMARIES``.
    """
    return kept('help', [command, *_surroundings()], lambda: rendered_help(command))


def rendered_help(command: str) -> str:
    """Return the whole help of one of the three commands as the parser prints it now."""
    from dann.engine.experiment import ExperimentCLI

    with redirect_stdout(_Recorder(sys.stdout.isatty())) as recorder:
        try:
            ExperimentCLI([command, '--help'])
        except SystemExit as done:
            if done.code:
                raise
    return recorder.getvalue()


class _Recorder(io.StringIO):
    """Keeps what is printed; says that it is a terminal where standard output is one."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def _surroundings() -> Iterator[str]:
    """Yield what the look of a help depends on: the program's name, the terminal and its settings."""
    main = getattr(sys.modules.get('__main__'), '__spec__', None)
    yield from (sys.argv[0], sys.executable, getattr(main, 'name', ''))
    yield from (str(shutil.get_terminal_size().columns), str(sys.stdout.isatty()))
    yield from (f'{key}={value}' for key, value in sorted(os.environ.items()) if key.startswith(HEEDED))


def experiment_arguments(arguments: Sequence[str]) -> list[str]:
    """Return a command line with the configuration of a run in place of each benchmark after ``--config``.

    The run is what the benchmark's rows share: its model and data, for its number of steps.
    """
    from dann.benchmarks.plan.grid import benchmark
    from dann.benchmarks.plan.keys import names
    from dann.benchmarks.plan.plan import SUITE, Plan

    resolved = list(arguments)
    for index, argument in enumerate(arguments):
        flag, equals, value = argument.partition('=')
        if flag not in ('--config', '-c'):
            continue
        where = index if equals else index + 1
        name = value if equals else arguments[where] if where < len(arguments) else ''
        config = configs.load(name)
        if config.keys() <= {SUITE, *names(Plan, 'in_file')} and 'methods' in config:
            shared = benchmark(Path(name).stem, config)
            text = yaml.safe_dump(shared.shared(0))
            resolved[where] = f'--config={text}' if equals else text
    return resolved
