"""Checkpoints that a command is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from training import fit, make, module, pair

from dann.core.errors import UserError
from dann.engine.checkpoints import check_given, check_keyword, loading

OF_A_RUN: dict[str, Any] = {'state_dict': {}, 'pytorch-lightning_version': '2.6.0'}


def test_only_fit_may_begin_without_a_checkpoint(tmp_path: Path) -> None:
    check_given('fit', None)
    there = tmp_path / 'epoch=1.ckpt'
    torch.save(OF_A_RUN, there)
    for command in ('fit', 'validate', 'test'):
        check_given(command, str(there))
        for path in ('best', 'last', 'registry:mine'):
            if command == 'fit':
                check_given(command, path)
            else:
                with pytest.raises(UserError, match=f'there is no checkpoint {path}'):
                    check_given(command, path)
        with pytest.raises(UserError, match='there is no checkpoint nowhere'):
            check_given(command, 'nowhere')
        if command != 'fit':
            with pytest.raises(
                UserError, match=f'`dann {command}` needs a trained network; pass --ckpt_path'
            ):
                check_given(command, None)


def test_weights_of_another_method_name_what_to_pass(tmp_path: Path) -> None:
    path = tmp_path / 'dann.ckpt'
    fit(module(make('DANN'))).save_checkpoint(path)
    with (
        pytest.raises(
            UserError, match=r'dann.ckpt holds the weights of another network or method; pass the conf'
        ),
        loading(str(path)),
    ):
        fit(module(), pair(), ckpt_path=path, weights_only=True)


def test_a_file_of_another_kind_or_cut_short_is_no_checkpoint_and_other_errors_stay(tmp_path: Path) -> None:
    path = tmp_path / 'text.ckpt'
    path.write_text('hello')
    with pytest.raises(UserError, match='is no checkpoint'):
        check_given('fit', str(path))
    torch.save(OF_A_RUN, path)
    check_given('fit', str(path))
    of_a_job: list[Any] = [{'state_dict': {}, 'card': {}}, {'network.head.0.weight': torch.ones(2)}, [1, 2]]
    for content in of_a_job:  # weights.pt of a benchmark, now and before
        torch.save(content, path)
        with pytest.raises(UserError, match='is no checkpoint of a run'):
            check_given('test', str(path))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UserError, match='or a damaged one'):
        check_given('fit', str(path))
    with pytest.raises(RuntimeError, match='another fault'), loading(str(path)):
        raise RuntimeError('another fault')


@pytest.mark.parametrize('word', ['last', 'best'])
def test_a_new_folder_has_no_last_checkpoint(word: str) -> None:
    with pytest.raises(UserError, match=f'so `{word}` is no checkpoint yet; name the file'):
        check_keyword(word, None)
    check_keyword(word, ['a callback with a folder of its own'])
    check_keyword('runs/fit/000/checkpoints/last.ckpt', None)
    check_keyword(None, None)
