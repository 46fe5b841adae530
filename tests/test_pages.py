"""What README, the tutorials and the how-to pages tell a reader to type works.

Every ``dann`` command is parsed by the parser itself, and every file of a benchmark by the benchmark (fast). The pages
of ``READ`` are read as a reader reads them: each block of Python is run and each command typed, one after another, in
an empty folder (slow). To take seconds they are shortened, by ``INSTEAD``, ``APPENDED`` and the small pairs of
``reading.py``; what ``NOT_RUN`` lists is parsed alone, and so are the pages that ``READ`` lacks: commands there take
hours, or a data set that is not at hand. README is not read a second time: its commands and files must be some of
those of the pages that are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from fences import Fence, fences, words
from reading import Reader, forget

from dann import configs
from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.running.prepare import build
from dann.cli import _parser
from dann.commands import fit

ROOT = Path(__file__).parents[1]
DOCS = ROOT / 'docs'
PAGES = [
    ROOT / 'README.md',
    *(DOCS / f'{name}.md' for name in ('quickstart', 'commands', 'pairs', 'numbers', 'deploy', 'logging')),
    *sorted(DOCS.glob('tutorials/*.md')),
    *sorted(DOCS.glob('how-to/*.md')),
]
READ = [  # pages in one folder, the second after the first
    ('quickstart.md', 'commands.md'),
    ('tutorials/benchmark-and-loss.md',),
    ('tutorials/own-photographs.md', 'deploy.md', 'how-to/monitoring.md', 'how-to/test-time.md'),
    ('how-to/advice.md',),
    ('tutorials/choose-without-labels.md',),
    ('tutorials/features-and-series.md',),
    ('how-to/backbone.md', 'how-to/resume.md'),
    ('how-to/many-sources.md',),
    ('how-to/fairness.md',),
    ('how-to/pretraining.md',),
]
INSTEAD = {
    'steps_per_epoch=100': 'steps_per_epoch=2',
    'max_epochs=5': 'max_epochs=1',
    'samples=200': 'samples=20',
    'steps=50)': "steps=2, methods=['mmd'])",
    "configs.load('day-to-night-scratch')": "configs.load('small/sim-to-real-scratch.yaml')",
    'steps=300': 'steps=3',
    "read_table('runs/day-to-night'": "read_table('runs/sim-to-real'",  # which the quickstart has trained
    "gap('day-to-night'": "gap('small/sim-to-real.yaml'",
    "write_photographs(Path('photos'), 60)": "write_photographs(Path('photos'), 45)",
}
APPENDED = {  # options that end a command, by its beginning
    'dann benchmark': ['--seeds', '1', '--steps', '2', '--workers', '1'],
    'dann benchmark photos': ['--size', '32', '--methods', 'source_only', 'mcc'],
    'dann benchmark many-sources': ['--methods', 'source_only', 'mfsan', 'mldg', 'fish'],
    'dann benchmark sites.npz': ['--methods', 'source_only', 'coral'],
    'dann benchmark pretraining': ['--methods', 'source_only', 'source_only+rotation', 'dann+rotation'],
    'dann benchmark feats.npz': ['--methods', 'source_only', 'mcc'],
    'dann benchmark scans.csv': ['--methods', 'source_only', 'mcc'],
    'dann search': ['--trials', '1', '--steps', '2', '--workers', '1'],
    'dann audit': ['--steps', '8'],
    'dann advise': ['--steps', '2', '--methods', 'mmd', '--workers', '1'],
    'dann gap': ['--samples', '20'],
    'dann online': ['--images', '44', '--seeds', '1'],
    'dann fit --config sim-to-real-scratch --model.pretraining': ['--model.pretraining.steps', '2'],
    'dann fit': ['--data.steps_per_epoch', '2', '--trainer.enable_progress_bar', 'false'],
}
PAIRS = ['many-sources', 'pretraining', 'sim-to-real', 'sim-to-real-scratch', 'day-to-night']
NOT_RUN = (
    'make ',  # what CI calls to get here
    '. .venv/bin/activate',
    'dann --version',  # ends the process; tests/test_cli.py calls it
    'dann benchmark photos --source day --target night --backbone',  # fetches weights
    'python benchmarks/',  # measurements, each with a test of its own
)
# lies ready for pages that speak of the reader's own arrays
ARRAYS = """
import numpy as np
source_features, target_features = np.random.default_rng(0).normal(size=(2, 40, 4)).astype('float32')
source_classes = np.arange(40) % 2
"""
PLACES = {'runs/...': 'runs/x', '...': 'x'}
LISTED = re.compile(r'^(dann [a-z].*?)(?:\s{2,}.*)?$', re.MULTILINE)


def names(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def listed(fence: Fence) -> Iterator[str]:
    """Yield the commands of a block, those of a list of commands too, which explains them behind two spaces."""
    yield from fence.commands() if fence.language == 'console' else LISTED.findall(fence.text)


def typed(page: Path) -> list[list[str]]:
    blocks = [fence for fence in fences(page) if fence.language in ('console', 'text')]
    found = [words(command) for fence in blocks for command in listed(fence) if command.startswith('dann ')]
    return [[PLACES.get(word, word) for word in each if word != '>'] for each in found]


@pytest.mark.parametrize('page', PAGES, ids=names)
def test_the_parser_takes_every_command_of_a_page(page: Path) -> None:
    for _, *arguments in typed(page):
        if arguments == ['--version']:
            continue
        if arguments[0] in fit.SUMMARIES:  # its options are typed below; a configuration is named here
            name = arguments[arguments.index('--config') + 1]
            assert name.startswith('runs/') or name in configs.names(), arguments
        elif 'mine.yaml' in arguments and arguments[:2] == ['list', 'benchmarks']:
            _parser().parse_args(arguments[:-1])
        else:
            _parser().parse_args(arguments)


def test_the_pages_hold_commands() -> None:
    assert all(typed(page) for page in PAGES if page.parent.name == 'tutorials' or page.name == 'README.md')


def plans(page: Path) -> Iterator[dict[str, Any]]:
    """Yield the benchmarks of a page, their missing parts from a built-in one."""
    shared = configs.load('sim-to-real-scratch')
    for fence in fences(page):
        if fence.language == 'yaml':
            yield shared | yaml.safe_load(fence.text)


@pytest.mark.parametrize('page', [page for page in PAGES if '```yaml' in page.read_text()], ids=names)
def test_every_configuration_of_a_page_is_one_of_a_benchmark(page: Path) -> None:
    for config in plans(page):
        plan = benchmark('mine', config)
        rows, refused = build(plan, plan.jobs())
        assert rows.keys() | refused.keys() == config['methods'].keys()
        assert all('pip install' in why for why in refused.values())


@pytest.mark.parametrize('page', PAGES, ids=names)
def test_make_targets_extras_and_scripts_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text()
    setup = ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    targets = re.findall(r'^([\w-]+):', (ROOT / 'Makefile').read_text(), re.MULTILINE)
    assert set(re.findall(r'(?:`|\$ )make ([\w-]+)', text)) <= set(targets)
    assert set(re.findall(r"\.\[(\w+)\]'", text)) <= set(setup['options.extras_require'])
    for script in re.findall(r'python (benchmarks/\w+\.py)', text):
        assert (ROOT / 'dann' / script).exists()


def test_readme_says_nothing_to_type_that_no_page_is_read_for() -> None:
    read = [fence for pages in READ for name in pages for fence in fences(DOCS / name)]
    known = {command for fence in read for command in fence.commands()}
    for fence in fences(ROOT / 'README.md'):
        for command in fence.commands():
            assert command in known or command.startswith(NOT_RUN) or command.startswith('dann reproduce'), (
                command
            )
        if fence.language == 'python':
            assert fence.text in {each.text for each in read}


def test_readme_is_short() -> None:
    assert len((ROOT / 'README.md').read_text().splitlines()) < 250


@pytest.mark.slow
@pytest.mark.parametrize('pages', READ, ids=lambda pages: pages[0])
def test_a_page_does_what_it_says(
    pages: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    forget('my_loss', 'my_score', 'my_backbone', 'my_online', 'my_rule', 'my_test', 'my_metrics')
    reader = Reader(instead=INSTEAD, appended=APPENDED, pairs=PAIRS, skipped=NOT_RUN)
    reader.run(ARRAYS)
    for page in pages:
        for written in ('model.onnx', 'model.md', 'predictions.csv'):
            Path(written).unlink(missing_ok=True)
        # the script of the last block takes its images from a command line; tests/commands/test_export.py runs it
        reader.read([fence for fence in fences(DOCS / page) if 'sys.argv' not in fence.text])
