"""A run goes on from a checkpoint as it was configured, or is refused with what differs."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from dann.core.errors import NothingToDoError, UserError
from dann.engine.resuming import KEY, check_resumed, compared

CONFIG: dict[str, Any] = {
    'seed_everything': 0,
    'trainer': {'max_epochs': 4, 'precision': None, 'accelerator': 'cpu', 'logger': None},
    'model': {
        'class_path': 'dann.AdaptationModule',
        'init_args': {
            'alignment': {'class_path': 'dann.methods.DANN', 'init_args': {'weight': 1.0}},
            'optimizer': {'class_path': 'torch.optim.SGD', 'init_args': {'lr': 0.01}},
            'validators': None,
        },
    },
    'data': {
        'source': {'class_path': 'toy.Toy', 'init_args': {'domain': 'a', 'root': 'here/photos'}},
        'batch_size': 8,
        'num_workers': 0,
    },
    'logger': [],
}
METHOD = {'class_path': 'dann.methods.MMD', 'init_args': {}}


def saved(folder: Path, *, processed: int = 2, **entries: Any) -> str:
    """Write a checkpoint of two epochs."""
    path = folder / 'checkpoints' / 'last.ckpt'
    path.parent.mkdir(exist_ok=True)
    loops = {
        'fit_loop': {'epoch_progress': {'current': {'completed': processed - 1, 'processed': processed}}}
    }
    torch.save({'loops': loops} | entries, path)
    return str(path)


def changed(place: str, value: Any) -> dict[str, Any]:
    """The configuration with one other value."""
    config = deepcopy(CONFIG)
    *parents, last = place.split('.')
    part = config
    for name in parents:
        part = part[name]
    part[last] = value
    return config


ARGUMENTS = 'model.init_args.'


@pytest.mark.parametrize(
    ('place', 'value', 'named'),
    [
        ('seed_everything', 3, '`seed_everything` 0, now 3;'),
        (f'{ARGUMENTS}optimizer.init_args.lr', 0.5, '`model.optimizer.lr` 0.01, now 0.5;'),
        (f'{ARGUMENTS}alignment.init_args.weight', 2.0, '`model.alignment.weight` 1.0, now 2.0;'),
        (f'{ARGUMENTS}alignment', METHOD, '`model.alignment` DANN, now MMD;'),
        (f'{ARGUMENTS}alignment', None, '`model.alignment` DANN, now none;'),
        ('data.source.init_args.domain', 'b', '`data.source.domain` a, now b;'),
        ('data.batch_size', 16, '`data.batch_size` 8, now 16;'),
        ('data.source.init_args.root', 'others', '`data.source.root` here/photos, now others;'),
        ('trainer.precision', 'bf16-mixed', '`trainer.precision` none, now bf16-mixed;'),
    ],
)
def test_another_training_is_refused_with_what_differs(
    place: str, value: Any, named: str, tmp_path: Path
) -> None:
    path = saved(tmp_path, run=compared(CONFIG))
    with pytest.raises(UserError) as caught:
        check_resumed(path, changed(place, value))
    assert f'the run of {path} had another configuration: {named}' in str(caught.value)


@pytest.mark.parametrize(
    ('place', 'value'),
    [
        ('trainer.max_epochs', 9),
        ('trainer.accelerator', 'auto'),
        ('trainer.logger', False),
        ('logger', ['wandb']),
        ('data.num_workers', 4),
        ('data.source.init_args.root', '/moved/photos'),
        ('data.source.init_args.root', None),
        (f'{ARGUMENTS}validators', []),
        (f'{ARGUMENTS}of_a_later_version', 1),
    ],
)
def test_what_changes_no_step_may_differ(place: str, value: Any, tmp_path: Path) -> None:
    check_resumed(saved(tmp_path, run=compared(CONFIG)), changed(place, value))


def test_the_configuration_lies_where_it_is_looked_for() -> None:
    assert KEY == 'run'  # in checkpoints that users have


def test_many_differences_are_counted(tmp_path: Path) -> None:
    path = saved(tmp_path, run=compared(CONFIG) | {'data': {f'option_{i}': 0 for i in range(6)}})
    with pytest.raises(UserError, match=r'`data.option_3` 0, now 1 and 2 more; go on with'):
        check_resumed(path, CONFIG | {'data': {f'option_{i}': 1 for i in range(6)}})


def test_a_checkpoint_of_an_earlier_version_is_compared_with_the_file_beside_it(tmp_path: Path) -> None:
    path = saved(tmp_path)
    check_resumed(path, changed('seed_everything', 3))  # nothing is known
    (tmp_path / 'config.yaml').write_text(yaml.safe_dump(CONFIG))
    with pytest.raises(UserError, match='`seed_everything` 0, now 3'):
        check_resumed(path, changed('seed_everything', 3))


def test_a_configuration_beside_a_checkpoint_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path)
    for text in ('model: [', '- a list'):
        (tmp_path / 'config.yaml').write_text(text)
        with pytest.raises(UserError, match=r'cannot read .*config.yaml, .*; mend it, or begin a new run'):
            check_resumed(path, CONFIG)


@pytest.mark.parametrize(
    ('epochs', 'done'), [(4, False), (3, False), (2, True), (1, True), (-1, False), (None, False)]
)
def test_a_run_that_is_as_long_as_asked_for_says_so(
    epochs: int | None, tmp_path: Path, *, done: bool
) -> None:
    path, config = saved(tmp_path, run=compared(CONFIG)), changed('trainer.max_epochs', epochs)
    if not done:
        check_resumed(path, config)
        return
    with pytest.raises(
        NothingToDoError, match=r'trained for 2 epochs already.*--trainer.max_epochs 3'
    ) as caught:
        check_resumed(path, config)
    assert caught.value.status == 0


def test_a_checkpoint_keeps_the_last_name_of_a_folder_and_one_of_before_is_read(tmp_path: Path) -> None:
    here = changed('data.source.init_args.root', '/home/ann/photos')
    assert compared(here)['data']['source']['init_args']['root'] == '…/photos'
    before = {key: here[key] for key in ('seed_everything', 'model', 'data')} | {
        'trainer': {'precision': None}
    }
    for run in (compared(here), before):
        path = saved(tmp_path, run=run)
        check_resumed(path, here)
        check_resumed(path, CONFIG)
        with pytest.raises(UserError, match=r'`data.source.root` …/photos, now others'):
            check_resumed(path, changed('data.source.init_args.root', 'others'))
