"""The shape of the package: who reads target labels, and what the root holds. Floors are held by import-linter."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dann

PACKAGE = Path(dann.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob('*.py'))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


def test_only_the_evaluator_and_the_few_label_setting_read_target_labels() -> None:
    readers = {
        path.relative_to(PACKAGE).as_posix() for path in MODULES if 'target.labels(' in path.read_text()
    }
    assert readers == {'engine/evaluation.py', 'datasets/few_labels.py', 'transfer/online/scoring.py'}


def test_only_the_evaluator_reads_target_groups() -> None:
    readers = {
        path.relative_to(PACKAGE).as_posix() for path in MODULES if 'target.groups(' in path.read_text()
    }
    assert readers == {'engine/evaluation.py'}


def test_nothing_imports_through_the_links_at_the_root() -> None:
    for path in [*MODULES, *(ROOT / 'tests').rglob('*.py')]:
        for name in imports(path):
            assert name.partition('.')[0] not in ('methods', 'datasets', 'benchmarks', 'configs'), path


@pytest.mark.parametrize('room', ['methods', 'datasets', 'benchmarks', 'configs'])
def test_the_rooms_are_linked_at_the_root(room: str) -> None:
    link = ROOT / room
    if not link.is_symlink():
        pytest.skip('installed without the links of a source tree')
    assert link.readlink() == Path('dann', room)


def test_no_script_folder_hides_a_module_of_python() -> None:
    for room in ('methods', 'datasets', 'benchmarks', 'configs'):
        for path in (ROOT / 'dann' / room).glob('*.py'):
            # `python benchmarks/throughput.py` puts the folder first on the path
            assert path.stem not in sys.stdlib_module_names, path


def test_no_room_but_the_commands_takes_the_arguments_of_a_command_line() -> None:
    takers = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.arg) and node.annotation and 'Namespace' in ast.unparse(node.annotation)
    }
    assert takers  # or the search finds nothing
    assert {taker.partition('/')[0] for taker in takers} == {'commands'}


# what opens files of others, by the one module that may: there it is limited
OPENERS = {
    'np.load': 'core/numpy_files.py',
    'zipfile.ZipFile': 'core/packed.py',
    'gzip.open': 'core/packed.py',
    'gzip.decompress': 'core/packed.py',
    'bz2.open': 'core/packed.py',
    'bz2.decompress': 'core/packed.py',
    'tarfile.open': 'datasets/storage/archives.py',
    'loadmat': 'datasets/storage/array_files.py',
    'torch.load': 'core/torch_files.py',
}


@pytest.mark.parametrize('call', OPENERS)
def test_files_of_others_are_opened_where_they_are_limited(call: str) -> None:
    openers = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == call
    }
    assert openers <= {OPENERS[call]}


def test_image_files_are_opened_where_their_pixels_are_counted() -> None:
    openers = {path.relative_to(PACKAGE).as_posix() for path in MODULES if 'Image.open(' in path.read_text()}
    # the other looks at a drawing that the same process made
    assert openers == {'datasets/storage/image_files.py', 'benchmarks/report/embedding.py'}


# modules that hold something public and have no test file of their own, by what tests them
UNMIRRORED: dict[str, tuple[str, ...]] = {
    'audit/gradients/test_{adversarial,aligning,predicting,styling}.py': (
        'audit/gradients/check.py',
        'audit/gradients/descents.py',
        'audit/gradients/probe.py',
    ),
    'audit/test_*.py: every check looks at a subject and its trainings': ('audit/subject.py',),
    'commands/test_benchmark.py: workers, their deaths, and what is shown meanwhile': (
        'benchmarks/launchers/local.py',
        'benchmarks/running/progress.py',
    ),
    'benchmarks/running/test_kept_views.py': ('benchmarks/running/rescore.py',),
    'a measurement, which no test times': ('benchmarks/throughput.py',),
    'test_cli.py and tests/commands': ('commands/__init__.py',),
    'datasets/checks/test_{checking,reading}.py': (
        'datasets/checks/faults.py',
        'datasets/checks/listing.py',
        'datasets/checks/report.py',
    ),
    'the published set that they belong to': (
        'datasets/published/bdd100k_labels.py',
        'datasets/published/gtsrb_files.py',
        'datasets/storage/layouts.py',
        'datasets/storage/named_domain.py',
    ),
    'datasets/rendered/test_{digits,syn_digits}.py': (
        'datasets/rendered/random_batch.py',
        'datasets/rendered/rendered_domain.py',
    ),
    'test_signs.py and test_street.py look at the pictures that the parts make together': (
        'datasets/rendered/signs/',
        'datasets/rendered/street/',
    ),
    'commands/test_gap.py': ('shift/seen.py',),
}


def excepted(name: str) -> bool:
    """Whether a module is among those without a test file of their own."""
    return any(name.startswith(part) for parts in UNMIRRORED.values() for part in parts)


def public(path: Path) -> bool:
    """Whether a module defines a function or a class that others may use."""
    kinds = ast.FunctionDef | ast.ClassDef
    return any(isinstance(node, kinds) and node.name[0] != '_' for node in ast.parse(path.read_text()).body)


def stem(path: Path) -> str:
    """The name that a module's test file has behind ``test_``: a package's own is that of the package."""
    return path.parent.name if path.stem == '__init__' else path.stem


def unmirrored(room: str) -> list[str]:
    """Return the modules of a room that hold something public and have no test file of their name."""
    return [
        name
        for path in MODULES
        if (name := path.relative_to(PACKAGE).as_posix()).partition('/')[0] == room and public(path)
        if not (ROOT / 'tests' / name).with_name(f'test_{stem(path)}.py').exists()
    ]


ROOMS = sorted({path.relative_to(PACKAGE).parts[0] for path in MODULES})


@pytest.mark.parametrize('room', ROOMS)
def test_every_module_has_a_test_file_of_its_name(room: str) -> None:
    assert [name for name in unmirrored(room) if not excepted(name)] == []


def test_exceptions_from_the_mirror_are_files_that_still_need_them() -> None:
    for part in (part for parts in UNMIRRORED.values() for part in parts):
        missing = unmirrored(part.partition('/')[0])
        assert any(name.startswith(part) for name in missing), f'{part} is gone, or has its test file now'


@pytest.mark.parametrize('room', ['core', 'engine', 'methods', 'networks'])
def test_every_test_file_of_these_rooms_tests_a_module_or_all_of_a_kind(room: str) -> None:
    suites = {'methods/test_conformance.py', 'methods/test_continued.py', 'methods/test_declarations.py'} | {
        'methods/test_degenerate.py',
        'methods/test_evaluations.py',
        'methods/test_stages.py',
        'methods/test_stored_features.py',
        'methods/test_toy_proofs.py',
        'methods/test_fairness.py',
        'methods/test_few_labels.py',
        'methods/test_many_sources.py',
        'methods/test_pretraining.py',
        'methods/test_published.py',
    }
    for path in (ROOT / 'tests' / room).rglob('test_*.py'):
        name = path.relative_to(ROOT / 'tests')
        assert (
            PACKAGE / name.with_name(path.name.removeprefix('test_'))
        ).exists() or name.as_posix() in suites, name


TEXT_MODES = {f"'{mode}'" for mode in ('r', 'w', 'a', 'x', 'r+', 'w+')}


def unnamed_encodings(path: Path) -> Iterator[str]:
    """Calls that read or write text in the code of the machine; ruff sees those whose object it knows."""
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Call) and is_of_text(node):
            yield f'{path}:{node.lineno}'


def is_of_text(call: ast.Call) -> bool:
    """Whether a call reads or writes text and names no code for it."""
    place, _, name = ast.unparse(call.func).rpartition('.')
    named = {each.arg for each in call.keywords}
    given = {ast.unparse(each) for each in (*call.args, *(each.value for each in call.keywords))}
    if named & {'encoding', None} or "'utf-8'" in given or place == 'tarfile':
        return False
    opened = name in ('open', 'fdopen') and ('newline' in named or bool(given & TEXT_MODES))
    run = place == 'subprocess' and bool(named & {'text', 'universal_newlines'})
    return opened or run or (bool(place) and name in ('read_text', 'write_text'))


def test_text_is_read_and_written_in_a_code_that_is_named() -> None:
    places = [*MODULES, *(ROOT / 'tools').rglob('*.py')]
    assert [call for path in places for call in unnamed_encodings(path)] == []
