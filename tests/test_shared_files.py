"""Files that a person passes on do not say where on whose machine they were made."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import configuration, write
from photos import write_pair

Run = Callable[..., tuple[int, str, str]]
OWNER = 'ann-of-the-machine'
# what is read again to go on with a run: the data must be found
AGAIN = ('benchmark.yaml', 'config.yaml')


def naming(folder: Path) -> set[str]:
    """The files that name the owner, also inside of archives."""
    found = set()
    for path in (path for path in folder.rglob('*') if path.is_file()):
        texts = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                texts += [archive.read(name) for name in archive.namelist()]
        if any(OWNER.encode() in text for text in texts):
            found.add(path.relative_to(folder).as_posix())
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of somebody with photographs and a configuration."""
    folder = tmp_path / OWNER
    write_pair(folder / 'photos', 30)
    sides = {
        name: {
            'class_path': 'Folder',
            'init_args': {'root': str(folder / 'photos'), 'domain': domain, 'size': 8},
        }
        for name, domain in (('source', 'day'), ('target', 'night'))
    }
    data = configuration()['data'] | sides
    write(folder, seeds=1, steps=4, evaluations=2, data=data, methods={'source_only': {}})
    return folder


@pytest.mark.slow
def test_a_run_its_report_and_its_models_do_not_name_their_owner(run: Run, home: Path) -> None:
    folder, outside = home / 'run', home / 'outside'
    outside.mkdir()
    assert run('benchmark', str(home / 'toy.yaml'), '--out', str(folder), '--workers', '1')[0] == 0
    for kind in ('onnx', 'torch', 'safetensors'):
        assert run('export', str(folder), '--format', kind, '--out', str(outside / f'{kind}.bin'))[0] == 0
        (outside / f'{kind}.md').replace(outside / f'{kind}-card.md')
    assert {name for name in naming(folder) if not name.endswith(AGAIN)} == set()
    assert naming(outside) == set()
    assert 'stack_trace' not in str([path.read_bytes() for path in outside.glob('*.bin')])


@pytest.mark.slow
def test_a_checkpoint_does_not_name_its_owner_and_goes_on(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    configured = str(home / 'toy.yaml')
    assert run('fit', '--config', configured)[0] == 0
    assert {name for name in naming(home / 'runs') if not name.endswith(AGAIN)} == set()
    last = shutil.copy('runs/fit/000/checkpoints/last.ckpt', 'passed-on.ckpt')
    assert run('fit', '--config', configured, '--ckpt_path', last, '--trainer.max_epochs=5')[0] == 0
