"""Batches that leave a loss little to say: finite and attached to the graph, or an error that names the cause."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from training import ALIGNMENTS, make

from dann.core.errors import CheckError
from dann.core.views import View
from dann.methods.alignment import Alignment

CLASSES, WIDTH = 3, 4


def alignment(name: str) -> Alignment:
    torch.manual_seed(0)
    method = make(name)
    assert isinstance(method, Alignment)
    method.build(WIDTH, CLASSES)
    return method.double()


def view(size: int, seed: int, *, scale: float = 1.0, labels: Tensor | None = None) -> View:
    generator = torch.Generator().manual_seed(seed)
    features = scale * torch.randn(size, WIDTH, generator=generator, dtype=torch.float64)
    logits = scale * torch.randn(size, CLASSES, generator=generator, dtype=torch.float64)
    return View(features.requires_grad_(), logits.requires_grad_(), labels)


def assert_sound(method: Alignment, source: View, target: View) -> None:
    inputs = [source.features, source.logits, target.features, target.logits]
    for term, value in method(source, target, 1.0).items():
        assert value.ndim == 0, term
        assert value.isfinite(), term
        assert value.requires_grad, term
        for gradient in torch.autograd.grad(value, inputs, retain_graph=True, allow_unused=True):
            assert gradient is None or gradient.isfinite().all(), term


@pytest.mark.parametrize('name', ALIGNMENTS)
@pytest.mark.parametrize('sizes', [(1, 1), (1, 5), (5, 1)])
def test_one_sample_is_enough_or_named(name: str, sizes: tuple[int, int]) -> None:
    source, target = view(sizes[0], 0, labels=torch.arange(sizes[0]) % CLASSES), view(sizes[1], 1)
    complaint = ''
    try:
        assert_sound(alignment(name), source, target)
    except CheckError as error:
        complaint = str(error)
    assert not complaint or re.fullmatch('expected .*, got .*; .*', complaint)


@pytest.mark.parametrize('name', ALIGNMENTS)
def test_one_class_in_the_batch(name: str) -> None:
    source, target = view(6, 0, labels=torch.full((6,), 1)), view(5, 1)
    assert_sound(alignment(name), source, target)


@pytest.mark.parametrize('name', ALIGNMENTS)
def test_no_target_sample_of_any_source_class(name: str) -> None:
    certain = torch.tensor([[-50.0, -50.0, 50.0]] * 5, dtype=torch.float64, requires_grad=True)
    source, target = view(6, 0, labels=torch.zeros(6, dtype=torch.int64)), view(5, 1)
    assert_sound(alignment(name), source, replace(target, logits=certain))


@pytest.mark.parametrize('name', ALIGNMENTS)
@pytest.mark.parametrize('scale', [1e-6, 1e3])
def test_tiny_and_huge_outputs(name: str, scale: float) -> None:
    source = view(6, 0, scale=scale, labels=torch.arange(6) % CLASSES)
    assert_sound(alignment(name), source, view(5, 1, scale=scale))


@pytest.mark.parametrize('name', ALIGNMENTS)
def test_a_domain_whose_samples_are_all_equal(name: str) -> None:
    source = view(6, 0, labels=torch.arange(6) % CLASSES)
    one = torch.ones(5, WIDTH, dtype=torch.float64, requires_grad=True)
    flat = torch.zeros(5, CLASSES, dtype=torch.float64, requires_grad=True)
    assert_sound(alignment(name), source, View(one, flat))


@pytest.mark.parametrize('name', ['CMD', 'DeepJDOT', 'HoMM', 'LMMD', 'SlicedWasserstein'])
@pytest.mark.parametrize('sizes', [(1, 1), (1, 4), (4, 1)])
def test_losses_that_need_no_second_sample_take_one(name: str, sizes: tuple[int, int]) -> None:
    source, target = view(sizes[0], 0, labels=torch.ones(sizes[0], dtype=torch.int64)), view(sizes[1], 1)
    assert_sound(alignment(name), source, target)
