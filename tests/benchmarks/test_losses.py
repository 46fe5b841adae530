"""The script that measures alignments, and that none holds the square of a large batch."""

from __future__ import annotations

import pytest
import torch

from dann.benchmarks.losses import FLOOR, Cost, LiveMemory, Size, alignments, allowance, main, measure
from dann.core.alignment import Alignment
from dann.core.errors import UserError
from dann.core.registry import registered
from dann.core.views import Losses, View
from dann.methods.alignment.cdan import CDAN
from dann.methods.alignment.min_entropy import MinEntropy


class Broadcast(Alignment):
    """Holds the differences of all pairs, shape ``(Bs, Bt, D)``."""

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return the mean squared distance."""
        return {'gap': (source.features[:, None] - target.features).square().mean()}


class Missing(Alignment):
    """Needs a package that is not there."""

    def build(self, feature_dim: int, num_classes: int) -> None:
        """Raise."""
        raise UserError('it needs a package; install it')

    def forward(self, source: View, target: View, strength: float) -> Losses:
        """Return nothing."""
        return {}


def test_the_peak_is_that_of_the_tensors_alive_at_once() -> None:
    outside = torch.ones(1000)
    with LiveMemory() as memory:
        outside.view(10, 100).t().add_(1)  # no memory of its own
        assert memory.peak == 0
        one = outside + 1
        two = one * 2
        assert (memory.live, memory.peak) == (8000, 8000)
        del one
        three = two[:500]
        assert (memory.live, memory.peak) == (4000, 8000)
        del two
        assert memory.live == 4000  # a view keeps the whole
        del three
        assert (memory.live, memory.peak) == (0, 8000)


def test_the_peak_of_a_step_sees_the_backward_pass() -> None:
    leaf = torch.ones(1000, requires_grad=True)
    with LiveMemory() as memory:
        loss = leaf.exp().sum()
        forward = memory.peak
        (gradient,) = torch.autograd.grad(loss, leaf)
        assert forward == 4004
        assert memory.peak > 8000
        del loss
        assert memory.live == gradient.nbytes


def test_a_step_may_hold_four_matrices_of_all_pairs_and_its_gradients() -> None:
    assert allowance(2048, [torch.zeros(10)]) == 4 * 4096**2 * 4 + 40
    assert allowance(32, [torch.zeros(10)]) == FLOOR + 40
    assert Cost(1.0, 9, 10).fits
    assert not Cost(1.0, 10, 10).fits
    assert 'TOO MUCH' in str(Cost(1.0, 10, 10))


@pytest.mark.parametrize('name', ['HoMM', 'JMMD', 'LMMD', 'MMD'])
def test_no_alignment_holds_the_square_of_a_large_batch(name: str) -> None:
    cost = measure(alignments()[name], Size(1024, 16, 3), rounds=1)
    assert cost.seconds > 0
    assert cost.fits, cost


def test_a_conditional_critic_of_many_classes_is_small() -> None:
    cost = measure(CDAN, Size(16, 2048, 345), rounds=1)
    assert cost.fits, cost


def test_every_alignment_is_found_but_the_sum_of_others() -> None:
    every = registered(Alignment, 'dann.methods.alignment')
    assert alignments().keys() == every.keys() - {'Together'}
    assert {'MMD', 'DANN'} <= alignments().keys()


@pytest.mark.parametrize(
    ('chosen', 'status', 'last'),
    [
        ('MinEntropy', 0, '1 of 1 measurements stay within their memory'),
        ('Broadcast', 1, 'too much: Broadcast at 64 + 64 32 wide 3 classes'),
        ('Missing', 0, '0 of 0 measurements stay within their memory'),
    ],
)
def test_the_script_names_what_holds_too_much(
    chosen: str, status: int, last: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = {'MinEntropy': MinEntropy, 'Broadcast': Broadcast, 'Missing': Missing}
    monkeypatch.setattr('dann.benchmarks.losses.alignments', lambda: kinds)
    monkeypatch.setattr('dann.benchmarks.losses.FLOOR', 0)
    threads = str(torch.get_num_threads())
    options = ['--batch', '64', '--dim', '32', '--classes', '3', '--rounds', '1', '--threads', threads]
    assert main([*options, '--methods', chosen]) == status
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith(f'  1/1 {chosen}')
    assert ('left out: it needs a package; install it' in printed[0]) == (chosen == 'Missing')
    assert printed[-1] == last
