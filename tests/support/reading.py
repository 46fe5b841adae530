"""Does what a reader of a page does: writes its files, and runs its blocks and commands one after another."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from fences import Fence, words

from dann import configs
from dann.cli import main

SMALL: Mapping[
    str, Mapping[str, Any]
] = {  # options of what a built-in pair is made of, to be drawn in a second
    'RenderedDigits': {'train': 80, 'val': 20, 'test': 20},
    'SynDigits': {'train': 80, 'val': 20, 'test': 20},
    'Street': {'train': 40, 'val': 20, 'test': 20},
    'EfficientNetLite': {'image_size': 32},
    'Rotation': {'steps': 2},
    'SimCLR': {'steps': 2},
}


def small(name: str) -> str:
    """Return a built-in configuration with few and small images, as YAML."""
    return yaml.safe_dump(_smaller(configs.load(name)), sort_keys=False)


def _smaller(value: Any) -> Any:
    if isinstance(value, list):
        return [_smaller(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {key: _smaller(each) for key, each in value.items()}
    if options := SMALL.get(str(made.get('class_path'))):
        made['init_args'] = made.get('init_args', {}) | options
    return made


class Reader:
    """Reads pages in the working folder.

    Args:
        instead: What stands in Python blocks in the place of what, to be short.
        appended: Options that end a command, by its beginning.
        pairs: Built-in configurations that are read from ``small/NAME.yaml``.
        skipped: Beginnings of the commands that are not run.
    """

    def __init__(
        self,
        *,
        instead: Mapping[str, str],
        appended: Mapping[str, Sequence[str]],
        pairs: Sequence[str],
        skipped: Sequence[str],
    ) -> None:
        self.instead, self.appended, self.pairs, self.skipped = instead, appended, pairs, tuple(skipped)
        self.held: dict[str, Any] = {}
        Path('small').mkdir()
        for name in pairs:
            Path('small', f'{name}.yaml').write_text(small(name))

    def read(self, found: Sequence[Fence]) -> None:
        """Write, run and type what stands in the blocks of a page."""
        for fence in found:
            if fence.file:
                Path(fence.file).write_text(fence.text)
            elif fence.language == 'python':
                self.run(fence.text)
            for command in fence.commands():
                self.type(command)

    def run(self, code: str) -> None:
        """Run a block of Python after those before it."""
        for long, short in self.instead.items():
            code = code.replace(long, short)
        exec(compile(code, 'a block of the page', 'exec'), self.held)

    def type(self, command: str) -> None:
        """Run a command; fail unless it ends well."""
        if command.startswith(self.skipped):
            return
        if not command.startswith('dann '):
            subprocess.run(command, shell=True, check=True)
            return
        typed, into = self._shortened(command)
        out = io.StringIO()
        with redirect_stdout(out):
            status = main(typed)
        # findings are what a check is for: of few steps and few images there are some
        assert status == 0 or (status == 1 and typed[0] in ('audit', 'data')), f'{command}\n{out.getvalue()}'
        if into:
            Path(into).write_text(small(typed[-1]))

    def _shortened(self, command: str) -> tuple[list[str], str]:
        typed = words(command)[1:]
        typed, into = (typed[: typed.index('>')], typed[-1]) if '>' in typed else (typed, '')
        if typed[0] != 'list':
            typed = [f'small/{each}.yaml' if each in self.pairs else each for each in typed]
        options = (more for start, more in self.appended.items() if command.startswith(start))
        return [*typed, *chain.from_iterable(options)], into


def forget(*modules: str) -> None:
    """Forget modules of a page's files, that the next page's are imported."""
    for name in modules:
        sys.modules.pop(name, None)
