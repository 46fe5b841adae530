"""``dann monitor``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from harness import assert_refused
from photos import Photos, write_domain, write_image, write_pair
from training import fit, make, module, pair

from dann.commands.monitor import add_arguments
from dann.transfer.monitoring.plan import Plan

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a model trained on photographs."""
    path = tmp_path_factory.mktemp('model') / 'a.ckpt'
    root = write_pair(tmp_path_factory.mktemp('photos'))
    data = pair(Photos(root, 'day'), Photos(root, 'night'), batch_size=4)
    fit(module(make('CORAL')), data).save_checkpoint(path)
    return str(path)


@pytest.fixture
def there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a reference, a batch like it, and one that is much brighter."""
    monkeypatch.chdir(tmp_path)
    for place, (name, brightness) in enumerate((('reference', 40), ('same', 40), ('bright', 200))):
        for number in range(60):
            write_image(Path(name) / f'{number:02d}.png', 100 * place + number, brightness=brightness)
    return tmp_path


def test_what_is_as_before_is_no_alarm(run: Run, checkpoint: str, there: Path) -> None:
    status, out, err = run('monitor', checkpoint, 'reference', 'same', '--window', '20')
    assert status == 0, err
    assert '**No alarm and no warning in 3 windows.**' in out
    assert 'CORAL, photos/day to photos/night' in out
    assert err == ''


def test_an_alarm_is_printed_and_is_a_status_where_asked(run: Run, checkpoint: str, there: Path) -> None:
    command = ('monitor', checkpoint, 'reference', 'same', 'bright', '--window', '20')
    status, out, _ = run(*command)
    assert status == 0
    assert 'Alarm in 3 of 6 windows, the first in window 4 (bright), after 80 samples.' in out
    assert run(*command, '--fail-on-alarm')[0] == 3
    assert run('monitor', checkpoint, 'reference', 'same', '--fail-on-alarm')[0] == 0


def test_images_of_another_size_are_brought_to_that_of_the_model(
    run: Run, checkpoint: str, there: Path
) -> None:
    for number in range(12):
        write_image(Path('large') / f'{number}.png', number, size=40, brightness=40)
    status, out, err = run('monitor', checkpoint, 'reference', 'large')
    assert (status, err) == (0, '')
    assert '12 new samples' in out


def test_json_is_all_that_is_printed(run: Run, checkpoint: str, there: Path) -> None:
    status, out, _ = run(
        'monitor', checkpoint, 'reference', 'bright', '--json', '--simulate', '5', '--window', '20'
    )
    assert status == 0
    assert out[0] == '{'
    found = json.loads(out)
    assert found['alarm'] is True
    assert found['simulation']['streams'] == 5
    assert [window['batch'] for window in found['windows']] == ['bright'] * 3


def test_a_page_is_written_and_not_over_another(run: Run, checkpoint: str, there: Path) -> None:
    command = ('monitor', checkpoint, 'reference', 'same', '--html', 'out/m.html')
    assert run(*command)[0] == 0
    assert 'No alarm and no warning in 1 window.' in Path('out/m.html').read_text()
    assert_refused(run(*command), 'out/m.html is there already', '--overwrite')
    assert run(*command, '--overwrite')[0] == 0


def test_a_page_over_the_state_is_refused(run: Run, checkpoint: str, there: Path) -> None:
    command = ('monitor', checkpoint, 'reference', 'same', '--state', 'state.json')
    assert run(*command)[0] == 0
    kept = Path('state.json').read_text()
    for page in ('state.json', './state.json', str(there / 'state.json')):
        found = run(*command, '--html', page, '--overwrite')
        assert_refused(found, 'would be both the page and the state', '--html and --state')
    assert Path('state.json').read_text() == kept


def test_defaults_are_those_of_a_plan() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args(['a.ckpt', 'reference', 'same'])
    usual = Plan()
    for name in ('level', 'warning', 'window', 'permutations', 'samples'):
        assert getattr(options, name) == getattr(usual, name)
    words = ' '.join(parser.format_help().split())
    for value in (usual.level, usual.warning, usual.window, usual.samples):
        assert f'{value} by default' in words


def test_a_state_goes_on(run: Run, checkpoint: str, there: Path) -> None:
    command = ('monitor', checkpoint, 'reference', 'same', '--state', 'state.json', '--window', '20')
    assert run(*command)[0] == 0
    status, out, _ = run(*command)
    assert status == 0
    assert 'after 3 windows of earlier calls' in out
    assert json.loads(Path('state.json').read_text())['windows'] == 6
    Path('state.json').write_text('{"windows": 3')
    assert_refused(run(*command), 'state.json holds no state of `dann monitor`', 'delete it')


def test_labelled_samples_give_estimates(run: Run, checkpoint: str, there: Path) -> None:
    write_domain(Path('labelled'), 12)
    (Path('labelled') / 'car' / 'broken.png').write_bytes(b'nothing')
    status, out, err = run('monitor', checkpoint, 'reference', 'same', '--labelled', 'labelled')
    assert status == 0
    assert 'est. ATC' in out
    assert 'Where accuracy is known' in out
    assert 'dann: cannot read image labelled/car/broken.png' in err


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (('reference', 'nowhere'), ('there is no image at nowhere',)),
        (('empty', 'same'), ('there is no image at empty',)),
        (('reference/01.png', 'same'), ('the reference has 1 samples, and at least 20',)),
        (('reference', 'same/01.png'), ('same/01.png has 1 sample, and at least 10',)),
        (('reference', 'same', '--level', '0'), ('expected `level` above 0 and below 1, got 0.0',)),
        (('reference', 'same', '--level', '1.5'), ('expected `level` above 0 and below 1, got 1.5',)),
        (('reference', 'same', '--level', 'x'), ('invalid float value',)),
        (('reference', 'same', '--warning', '0.01'), ('expected `warning` from the level of an alarm',)),
        (('reference', 'same', '--window', '5'), ('expected `window` from 10',)),
        (
            ('reference', 'same', '--permutations', '19'),
            ('19 permutations cannot reach', '--permutations 65'),
        ),
        (('reference', 'same', '--simulate', '5'), ('half of the reference has 30 samples and a window 50',)),
        (('reference', 'same', '--simulate', '-1'), ('expected from 1 to 100,000 simulated streams',)),
        (('reference', 'wide.npy'), ('the array is float32 of shape (20, 7)',)),
        (('reference', 'same', '--labelled', 'nowhere'), ('there are no labelled samples at nowhere',)),
        (('reference', 'same', '--state', 'reference'), ('reference holds no state',)),
        (('reference',), ('the following arguments are required: BATCH',)),
    ],
)
def test_bad_requests(
    run: Run, checkpoint: str, there: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    Path('empty').mkdir()
    np.save('wide.npy', np.zeros((20, 7), np.float32))
    assert_refused(run('monitor', checkpoint, *arguments), *words)
