"""Which methods adapt online, what each owes, and how a user names one with its options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from online_networks import CLASSES, pictures

from dann.core.errors import UserError
from dann.core.online_method import OnlineMethod
from dann.methods.online.chosen import _is, make, online_methods
from dann.methods.online.cotta import CoTTA
from dann.methods.online.tent import TENTOnline

METHODS = online_methods()
STILL = ('none', 'bn_adapt')  # that train nothing
QUICK = {
    'cotta': 'cotta:views=2',
    'eata': 'eata:lr=0.01,similar=1',
    'sar': 'sar:lr=0.01,recover=0,reliable=1',
}


def images(seed: int = 0, count: int = 6) -> torch.Tensor:
    return torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(seed))


def started(name: str, *, normed: bool = True, seed: int = 0) -> OnlineMethod:
    # a head of large weights is certain enough to learn from
    network = pictures(normed=normed)
    with torch.no_grad():
        network.head.weight.mul_(20)
    method = make(QUICK.get(name, name))
    method.start(network, images(9, 16), seed)
    return method


def steps(method: OnlineMethod) -> list[torch.Tensor]:
    return [method.step(images(number)) for number in range(3)]


def test_the_network_as_it_is_comes_first() -> None:
    assert list(METHODS) == ['none', 'bn_adapt', 'cotta', 'eata', 'sar', 'tent']


@pytest.mark.parametrize('name', METHODS)
def test_one_seed_gives_the_same_numbers_twice(name: str) -> None:
    first, second = (steps(started(name)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert one.shape == (6, CLASSES)
        assert one.isfinite().all()
        assert not one.requires_grad
        assert torch.equal(one, other)


@pytest.mark.parametrize('name', METHODS)
def test_what_is_not_adapted_stays_and_what_is_moves(name: str) -> None:
    method = started(name)
    before = {name: each.clone() for name, each in method.first.named_parameters()}
    steps(method)
    adapted = {id(each) for each in method.adapted}
    assert bool(adapted) == (name not in STILL)
    for key, each in method.network.named_parameters():
        assert torch.equal(each, before[key]) == (id(each) not in adapted), key
    assert all(torch.equal(each, before[key]) for key, each in method.first.named_parameters())


@pytest.mark.parametrize('name', METHODS)
def test_no_running_statistic_follows_the_stream(name: str) -> None:
    method = started(name)
    steps(method)
    now: Any = method.network
    first: Any = method.first
    assert now.norm.num_batches_tracked == first.norm.num_batches_tracked == 0
    if name != 'bn_adapt':  # which has a mixture there
        assert torch.equal(now.norm.running_mean, torch.zeros(6))


@pytest.mark.parametrize('name', METHODS)
def test_a_reset_forgets_the_stream(name: str) -> None:
    method = started(name)
    first = method.step(images(0))
    method.step(images(1))
    method.reset()
    if name != 'cotta':  # whose views are drawn anew
        assert torch.equal(method.step(images(0)), first)
    fresh = dict(method.first.named_parameters())
    method.reset()
    assert all(torch.equal(each, fresh[key]) for key, each in method.network.named_parameters())


@pytest.mark.parametrize('name', [name for name in METHODS if name != 'none'])
def test_a_network_without_norms_is_refused_in_a_line(name: str) -> None:
    with pytest.raises(UserError) as refused:
        started(name, normed=False)
    words = str(refused.value)
    assert '\n' not in words
    assert f'{name} adapts' in words
    assert 'of which the network has none' in words
    assert f'--model.backbone.batch_norm true), or leave {name} out' in words


@pytest.mark.parametrize('name', METHODS)
def test_a_method_is_a_class_that_says_what_it_is(name: str) -> None:
    kind = METHODS[name]
    assert kind.__doc__
    assert name == 'none' or 'https://arxiv.org/abs/' in kind.__doc__
    assert name in ('none', 'bn_adapt') or 'Fails when' in kind.__doc__


def test_options_stand_behind_a_colon() -> None:
    method = make('tent:lr=0.05')
    assert isinstance(method, TENTOnline)
    assert method.lr == 0.05
    assert make('tent:lr=1e-5').lr == 1e-5  # type: ignore[attr-defined]
    assert make('cotta:flip').flip is True  # type: ignore[attr-defined]
    method = make('cotta:views=4,flip=false')
    assert isinstance(method, CoTTA)
    assert (method.views, method.flip) == (4, False)


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('tennt', "unknown online method 'tennt'; did you mean 'tent'"),
        ('tent:rate=1', "unknown option of tent 'rate'"),
        ('none:lr=1', 'none has no options; leave out what stands behind the colon'),
        ('tent:lr=-1', 'tent:lr=-1: expected `lr` above 0, got -1'),
        ('tent:lr=[', 'write options as NAME:OPTION=VALUE'),
        ('tent:lr=x', 'tent:lr=x: expected a number, got x'),
        ('tent:lr', 'tent:lr: expected a number, got nothing'),
        ('tent:lr=', 'tent:lr=: expected a number, got nothing'),
        ('tent:lr=true', 'tent:lr=true: expected a number, got true'),
        ('tent:lr=1,lr=2', 'tent:lr=1,lr=2 gives the option lr twice; leave one of them out'),
        ('cotta:views=2.5', 'cotta:views=2.5: expected a whole number, got 2.5'),
        ('cotta:flip=maybe', 'cotta:flip=maybe: expected true or false, got maybe'),
        ('nowhere.Mine', "cannot import online method 'nowhere.Mine'"),
        ('dann.networks.ConvNet', 'is no OnlineMethod; derive the class from dann.OnlineMethod'),
    ],
)
def test_what_there_is_not_is_said_in_a_line(text: str, words: str) -> None:
    with pytest.raises(UserError) as refused:
        make(text)
    assert words in str(refused.value)
    assert '\n' not in str(refused.value)


def test_a_class_of_ones_own_is_found_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'own_online.py').write_text(
        'from dann import OnlineMethod\n\n\nclass Mine(OnlineMethod):\n    name = "mine"\n\n'
        '    def step(self, images):\n        return self.network(images)\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, 'own_online', raising=False)
    assert make('own_online.Mine').name == 'mine'
    assert 'mine' not in online_methods()  # which holds those of the package


@pytest.mark.parametrize(
    ('value', 'hint', 'fits'),
    [
        (1, float, True),
        (1.5, int, False),
        (True, int, False),
        (None, int | None, True),
        ('a', int | None, False),
        ('a', Literal['a', 'b'], True),
        ('c', Literal['a', 'b'], False),
        ('1', str, True),
        (1, str, False),
        (1, dict, True),
        ('x', Any, True),
    ],
)
def test_a_value_fits_a_type_or_does_not(value: Any, hint: Any, fits: bool) -> None:
    assert _is(value, hint) == fits


def test_options_without_a_type_are_taken_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'own_options.py').write_text(
        'from dann import OnlineMethod\n\n\nclass Mine(OnlineMethod):\n    name = "mine"\n\n'
        '    def __init__(self, rate=1, word: "Unknown" = ""):\n        self.made = rate, word\n\n'
        '    def step(self, images):\n        return self.network(images)\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, 'own_options', raising=False)
    assert make('own_options.Mine:rate=1e-3,word=x').made == (1e-3, 'x')  # type: ignore[attr-defined]
