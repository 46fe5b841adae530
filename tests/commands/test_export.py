"""``dann export``, and the script of docs/deploy.md on what it writes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import assert_refused, write
from photos import Photos, write_image, write_pair
from training import fit, make, module, pair

import dann

Run = Callable[..., tuple[int, str, str]]
PAGE = Path(__file__).parents[2] / 'docs' / 'deploy.md'
ALONE = 'import sys; sys.modules["dann"] = sys.modules["torch"] = None\n'


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """Of a model trained on photographs, of which the middle is kept."""
    root = write_pair(tmp_path / 'photos')
    data = pair(Photos(root, 'day', fit='crop'), Photos(root, 'night', fit='crop'), batch_size=4)
    fit(module(make('CORAL')), data).save_checkpoint(tmp_path / 'a.ckpt')
    return tmp_path / 'a.ckpt'


def test_the_script_of_the_page_predicts_without_dann(
    run: Run, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run('export', str(checkpoint), '--out', str(tmp_path / 'model.onnx'))
    assert status == 0, err
    assert re.search(r'model.onnx \(at most \d\.\de-\d\d from the module\)', out)
    assert (tmp_path / 'model.md').read_text().startswith('# CORAL, photos/day to photos/night')
    script = PAGE.read_text().split('```python')[-1].split('```')[0]
    sizes = {'0.png': 9, '1.png': 11, '2.png': 12, 'large.jpg': 90}
    paths = [
        str(write_image(tmp_path / 'new' / name, seed, size=size))
        for seed, (name, size) in enumerate(sizes.items())
    ]
    done = subprocess.run(
        [sys.executable, '-c', ALONE + script, str(tmp_path / 'model.onnx'), *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    model = dann.load(checkpoint)
    lines = done.stdout.splitlines()
    for line, path, row in zip(lines, paths, model.predict_proba(paths), strict=True):
        name, found, confidence = line.split()
        assert (name, found) == (path, model.classes[int(row.argmax())])
        assert float(confidence) == pytest.approx(float(row.max()), abs=1e-4)


@pytest.mark.slow
def test_the_card_has_the_figures_of_the_benchmark(run: Run, tmp_path: Path) -> None:
    config = write(tmp_path, methods={'source_only': {}, 'coral': {'alignment': 'CORAL'}})
    status, _, err = run('benchmark', config, '--out', str(tmp_path / 'toy'), '--workers', '1')
    assert status == 0, err
    out = tmp_path / 'coral.safetensors'
    status, _, err = run('export', str(tmp_path / 'toy'), '--format', 'safetensors', '--out', str(out))
    assert status == 0, err
    page = out.with_suffix('.md').read_text()
    assert re.search(
        r'accuracy on the target test split, in %: \d+\.\d \(\d+\.\d, \d+\.\d\), both of 2 seeds, by', page
    )
    assert re.search(r'difference from source-only, in points: [+-]\d', page)
    assert 'this model is the one of seed 0' in page


def test_nothing_is_overwritten_and_requests_are_checked(
    run: Run, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path('model.md').write_text('kept')
    assert_refused(run('export', str(checkpoint)), 'model.md is there already', '--overwrite')
    assert_refused(run('export', 'nowhere', '--out', 'b.onnx'), 'there is no nowhere')
    assert_refused(run('export', str(checkpoint), '--out', 'b.md'), 'b.md would be written twice')
    assert_refused(run('export', str(checkpoint), '--format', 'tflite'), "invalid choice: 'tflite'")
    assert Path('model.md').read_text() == 'kept'
