"""Files of weights are enough to make the module again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import torch
from training import KINDS, METHODS, fit, make, module, outputs, pair, same_weights

from dann import AdaptationModule
from dann.core.errors import RunError, UserError
from dann.core.remembered import Remembered
from dann.engine.saved import read, restored
from dann.methods.training.mcd import MCD

PLAIN = (int, float, str, type(None))


def saved(model: AdaptationModule, path: Path) -> Path:
    fit(model).save_checkpoint(path)
    return path


@pytest.mark.parametrize('name', METHODS)
def test_every_method_comes_back_without_its_data(name: str, tmp_path: Path) -> None:
    model = module(make(name), bottleneck_norm='batch', bottleneck_dropout=0.2)
    path = saved(model, tmp_path / 'a.ckpt')
    again = AdaptationModule.load_from_checkpoint(path)
    assert type(again) is type(model)
    assert not again.training
    assert torch.equal(outputs(again), outputs(model))


@pytest.mark.parametrize('batch_norm', ['joint', 'separate', 'domain_specific'])
def test_the_policy_of_batch_norm_and_the_average_come_back(batch_norm: Any, tmp_path: Path) -> None:
    model = module(make('CORAL'), normed=True, batch_norm=batch_norm, average=0.9, head=(5,))
    again = restored(read(saved(model, tmp_path / 'a.ckpt')))
    assert torch.equal(outputs(again), outputs(model))
    assert again.network.batch_norm == batch_norm


def test_a_module_goes_on_training_with_an_optimiser_of_its_own(tmp_path: Path) -> None:
    path = saved(module(make('DANN')), tmp_path / 'a.ckpt')
    again = AdaptationModule.load_from_checkpoint(
        path, optimizer=lambda groups: torch.optim.SGD(groups, lr=0.1)
    )
    before = {name: value.clone() for name, value in again.state_dict().items()}
    fit(again.train(), pair())
    assert any(not torch.equal(value, before[name]) for name, value in again.state_dict().items())


def test_a_checkpoint_of_another_class_names_it(tmp_path: Path) -> None:
    path = saved(module(make('MCD')), tmp_path / 'a.ckpt')
    assert isinstance(MCD.load_from_checkpoint(path), MCD)
    with pytest.raises(UserError, match='is of AdaptationModule, no MCD; load it by that class'):
        MCD.load_from_checkpoint(saved(module(), tmp_path / 'b.ckpt'))


def test_all_that_a_method_is_made_of_can_be_written_down() -> None:
    others = {'optimizer', 'validators', 'kwargs'}  # not needed to use a model
    for name, kind in KINDS.items():
        for part in kind.__mro__:
            hints = get_type_hints(part.__init__) if part.__module__.startswith('dann') else {}
            for option, hint in hints.items():
                unknown = [each for each in classes(hint) if not issubclass(each, (Remembered, *PLAIN))]
                assert not unknown or option in others, f'{name}({option}) takes {unknown}'


def classes(hint: Any) -> Iterator[type[Any]]:
    """Yield the classes in an annotation."""
    if get_args(hint):
        yield from (each for inner in get_args(hint) for each in classes(inner))
    elif isinstance(hint, type):
        yield hint


def test_a_style_of_an_earlier_run_is_not_looked_for(tmp_path: Path) -> None:
    first = fit(module(make('AdaIN')))
    first.save_checkpoint(tmp_path / 'style.ckpt')
    path = saved(module(make('AdaIN', weights=str(tmp_path / 'style.ckpt'))), tmp_path / 'a.ckpt')
    (tmp_path / 'style.ckpt').unlink()
    assert AdaptationModule.load_from_checkpoint(path).style is not None


OWN = """
import torch
from dann import Alignment

class Mine(Alignment):
    def __init__(self, weight=1.0):
        super().__init__(weight)
        self.bias = torch.nn.Parameter(torch.ones(1))
    def forward(self, source, target, strength):
        return {'mine': strength * self.bias.sum() * target.features.mean()}
"""


def test_a_loss_of_the_users_own_is_not_needed_for_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'my_own_loss.py').write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    from my_own_loss import Mine  # type: ignore[import-not-found]

    model = module(Mine(), normed=True, batch_norm='domain_specific')
    file = read(saved(model, tmp_path / 'a.ckpt'))
    again = restored(file, allow=('my_own_loss',))
    assert isinstance(again.alignment, Mine)
    assert same_weights(again, model)
    monkeypatch.delitem(sys.modules, 'my_own_loss')
    monkeypatch.setattr(sys, 'path', [place for place in sys.path if place != str(tmp_path)])
    bare = restored(file)
    assert bare.alignment is None
    assert torch.equal(outputs(bare), outputs(model))


@pytest.mark.parametrize('content', [b'', b'no checkpoint', b'PK', bytes(1000)])
def test_a_file_of_another_kind_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / 'a.ckpt'
    path.write_bytes(content)
    with pytest.raises(UserError, match='is no checkpoint, or a damaged one'):
        read(path)


@pytest.mark.parametrize(
    'card',
    [
        [1],
        {'format': 1, 'model': {}},
        {'format': 1, 'model': {'class_path': 'dann.engine.module.AdaptationModule'}},
    ],
)
def test_a_damaged_card_is_one_line(card: Any, tmp_path: Path) -> None:
    torch.save({'state_dict': {}, 'card': card}, tmp_path / 'a.pt')
    with pytest.raises(UserError, match=r'holds no weights|is damaged, or of another version'):
        restored(read(tmp_path / 'a.pt'))


def test_an_option_that_this_version_does_not_have_is_one_line(tmp_path: Path) -> None:
    path = saved(module(), tmp_path / 'a.ckpt')
    with pytest.raises(UserError, match=r'is damaged, or of another version of dann .*nonsense'):
        AdaptationModule.load_from_checkpoint(path, nonsense=1)


def test_a_file_does_not_rest_on_itself(tmp_path: Path) -> None:
    torch.save({'state_dict': {}, 'card': {'format': 1, 'without_backbone': True}}, tmp_path / 'weights.pt')
    with pytest.raises(RunError, match='needs the backbone in'):
        read(tmp_path / 'weights.pt')


@pytest.mark.parametrize('content', [[1, 2], {'state_dict': 3}, {'state_dict': {'a': 1}}, 'text', 5])
def test_a_file_without_weights_is_refused(content: Any, tmp_path: Path) -> None:
    torch.save(content, tmp_path / 'a.ckpt')
    with pytest.raises(UserError, match='holds no weights'):
        read(tmp_path / 'a.ckpt')
    with pytest.raises(UserError, match='there is no checkpoint'):
        read(tmp_path)


def test_what_does_not_fit_or_is_not_known_is_said(tmp_path: Path) -> None:
    path = saved(module(), tmp_path / 'a.ckpt')
    content = torch.load(path, weights_only=True)
    content['state_dict'].popitem()
    torch.save(content, path)
    with pytest.raises(RunError, match='do not fit its network'):
        restored(read(path))
    torch.save(content['state_dict'], path)
    with pytest.raises(UserError, match='does not say what network it is of'):
        restored(read(path))
    torch.save({'state_dict': {}, 'card': {'format': 99, 'dann': '9.9'}}, path)
    with pytest.raises(UserError, match=r'was written by dann 9\.9; install that version'):
        read(path)


class Exploit:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> Any:
        return (open, ('owned', 'w'))


def test_a_hostile_pickle_is_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({'state_dict': Exploit()}, 'a.ckpt')
    with pytest.raises(UserError, match='is no checkpoint, or a damaged one'):
        read(Path('a.ckpt'))
    assert not Path('owned').exists()
