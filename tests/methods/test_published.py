"""Losses against published implementations, whose answers `tests/fixtures/published/make.py` recorded.

Every test says in its first line what differs and undoes it, or says by how much the published one is off the
paper's formula.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dann.core.schedules import Sigmoid
from dann.core.views import View
from dann.functional.entropies import entropies, entropy_weights
from dann.functional.kernels import Kernel, gaussians, mean_distance
from dann.functional.mmd import Estimator, discrepancy
from dann.methods.alignment.afn import stepwise_norm
from dann.methods.alignment.bnm import BNM, nuclear_norm
from dann.methods.alignment.bsp import spectral_penalty
from dann.methods.alignment.can import contrastive_discrepancy
from dann.methods.alignment.cdan import CDAN, randomised_multilinear
from dann.methods.alignment.coral import coral
from dann.methods.alignment.deepjdot import joint_cost, transport_plan
from dann.methods.alignment.infomax import negative_information
from dann.methods.alignment.jmmd import jmmd
from dann.methods.alignment.mcc import class_confusion
from dann.methods.alignment.mdd import log_not, margin_disparity
from dann.methods.alignment.mmd import mmd
from dann.methods.alignment.sliced_wasserstein import sliced_wasserstein
from dann.methods.training.mcd import discrepancy as classifier_discrepancy
from dann.methods.training.vat import virtual_adversarial

FOLDER = Path(__file__).parents[1] / 'support/fixtures/published'
FIXTURES = sorted(path.stem for path in FOLDER.glob('*.json'))


@dataclass(frozen=True)
class Published:
    """One recorded call."""

    inputs: dict[str, Tensor]
    value: Tensor
    gradients: dict[str, Tensor | None]
    options: dict[str, Any]

    def __getitem__(self, name: str) -> Tensor:
        return self.inputs[name]


def load(name: str) -> Published:
    content = json.loads((FOLDER / f'{name}.json').read_text())

    def read(values: Any) -> Tensor:
        tensor = torch.tensor(values)
        return torch.tensor(values, dtype=torch.float64) if tensor.is_floating_point() else tensor

    inputs = {key: read(values) for key, values in content['inputs'].items()}
    gradients = content['outputs'].get('gradients', {})
    return Published(
        {key: value.requires_grad_(value.is_floating_point()) for key, value in inputs.items()},
        torch.tensor(content['outputs']['value'], dtype=torch.float64),
        {key: None if values is None else read(values) for key, values in gradients.items()},
        content['options'],
    )


def assert_close(value: Tensor, expected: Tensor, within: float = 1e-9) -> None:
    torch.testing.assert_close(value, expected, rtol=within, atol=within)


def assert_agrees(value: Tensor, record: Published, *wrt: str, within: float = 1e-9) -> None:
    """Assert equal values and, in the inputs named, equal gradients."""
    assert_close(value, record.value, within)
    if wrt:
        found = torch.autograd.grad(value, [record[name] for name in wrt], retain_graph=True)
        for name, gradient in zip(wrt, found, strict=True):
            expected = record.gradients[name]
            assert expected is not None
            assert_close(gradient, expected, within)


def by_median(record: Published, source: Tensor) -> Kernel:
    """Return the mean of the kernels ``exp(-d^2 k / median)``, the median over the source alone."""
    scales = [1 / (2 * k) for k in record.options['kernel_scales']]
    median = torch.cdist(source, source).square().median().detach()
    return lambda distances: gaussians(distances, scales, median) / len(scales)


def median_scales(record: Published) -> list[float]:
    """Return the scales of our bandwidth that make the kernels of ``by_median``, up to their number."""
    source, target = record['source'].detach(), record['target'].detach()
    median = torch.cdist(source, source).square().median()
    ours = mean_distance(torch.cat([source, target]))
    return [float(median / (2 * k * ours)) for k in record.options['kernel_scales']]


def pooled_scales(record: Published) -> list[float]:
    """Scales that make dalib's bandwidth: its mean runs over all n^2 pairs, ours leaves the n zeros out."""
    count = len(record['source']) + len(record['target'])
    return [alpha * (count - 1) / count for alpha in record.options['alphas']]


@pytest.mark.parametrize('name', FIXTURES)
def test_a_fixture_says_who_made_it(name: str) -> None:
    content = json.loads((FOLDER / f'{name}.json').read_text())
    assert {'package', 'version', 'function', 'options', 'torch', 'date'} <= content.keys()
    assert f"load('{name}')" in Path(__file__).read_text(), 'no test reads it'


def test_mmd_dalib() -> None:
    """Equal but for the diagonal in dalib's bandwidth and a constant 2 / (B - 1) on its value."""
    record = load('mmd_dalib')
    value = mmd(record['source'], record['target'], scales=pooled_scales(record))
    assert_agrees(value + 2 / (len(record['source']) - 1), record, 'source', 'target')


def test_linear_mmd_dalib() -> None:
    """dalib pairs every sample with the next, around the end: the mean of our disjoint pairs from 0 and from 1."""
    record = load('mmd_dalib_linear')
    scales = pooled_scales(record)
    shifts = [
        mmd(
            record['source'].roll(-shift, 0),
            record['target'].roll(-shift, 0),
            scales=scales,
            estimator='linear',
        )
        for shift in (0, 1)
    ]
    value = (shifts[0] + shifts[1]) / 2 + 2 / (len(record['source']) - 1)
    assert_agrees(value, record, 'source', 'target')


def test_mmd_pytorch_adapt() -> None:
    """It divides by the source's median distance, scales its inverse, and takes the kernels' mean, not their sum."""
    record = load('mmd_adapt_quadratic')
    scales = median_scales(record)
    assert_agrees(
        mmd(record['source'], record['target'], scales=scales) / len(scales), record, 'source', 'target'
    )


def test_linear_mmd_pytorch_adapt() -> None:
    """The same differences as for the quadratic estimator; the pairs are ours."""
    record = load('mmd_adapt_linear')
    scales = median_scales(record)
    value = mmd(record['source'], record['target'], scales=scales, estimator='linear') / len(scales)
    assert_agrees(value, record, 'source', 'target')


def test_mmd_skada() -> None:
    """Its Gaussian takes the distance, not its square: a Laplace kernel, biased; the Gaussian gives 15% more here."""
    record = load('mmd_skada')
    both, sigmas = ([record['source']], [record['target']]), record.options['sigmas']
    halves = [sigma / 2 for sigma in sigmas]
    value = discrepancy(*both, [lambda squares: gaussians(squares.sqrt(), halves, 1.0)], 'biased')
    assert_agrees(value, record, within=1e-6)
    gaussian = discrepancy(*both, [lambda squares: gaussians(squares, halves, 1.0)], 'biased')
    assert_close(gaussian / record.value, torch.tensor(1.1548, dtype=torch.float64), within=1e-4)


def outputs(record: Published) -> tuple[list[Tensor], list[Tensor]]:
    """Return the features and the probabilities of each domain."""
    source = [record['source'], record['source_logits'].softmax(dim=1)]
    return source, [record['target'], record['target_logits'].softmax(dim=1)]


def test_jmmd_dalib() -> None:
    """The same two differences as for MK-MMD; the constant 2 / (B - 1) is there whatever the number of kernels."""
    record = load('jmmd_dalib')
    variances = (None, record.options['sigma'] ** 2)
    value = jmmd(*outputs(record), scales=pooled_scales(record), variances=variances)
    assert_agrees(value + 2 / (len(record['source']) - 1), record, *record.inputs)


@pytest.mark.parametrize('estimator', ['unbiased', 'linear'])
def test_jmmd_pytorch_adapt(estimator: Estimator) -> None:
    """It has several kernels around the source's median for each layer, the probabilities too, and their mean."""
    record = load('jmmd_adapt_linear') if estimator == 'linear' else load('jmmd_adapt_quadratic')
    sources, targets = outputs(record)
    kernels = [by_median(record, source) for source in sources]
    assert_agrees(discrepancy(sources, targets, kernels, estimator), record, *record.inputs)


@pytest.mark.parametrize('package', ['adapt', 'skada'])
def test_coral(package: str) -> None:
    """Nothing differs."""
    record = load('coral_adapt') if package == 'adapt' else load('coral_skada')
    assert_agrees(coral(record['source'], record['target']), record, 'source', 'target')


def views(record: Published) -> tuple[View, View]:
    source = View(record['source'], record['source_logits'])
    return source, View(record['target'], record['target_logits'])


def cdan(record: Published, *, entropy: bool) -> CDAN:
    """Return CDAN with the recorded linear critic."""
    alignment = CDAN(entropy=entropy)
    weights = torch.tensor(record.options['critic'], dtype=torch.float64)
    linear = nn.Linear(len(weights), 1, bias=False).double()
    linear.weight = nn.Parameter(weights[None])
    alignment.critic = nn.Sequential(linear, nn.Flatten(0))
    return alignment


def test_cdan_dalib() -> None:
    """Nothing differs for equal batches, the reversed gradient included; its ramp is ours with gamma 1."""
    record = load('cdan_dalib')
    assert Sigmoid(gamma=1)(1.0) == pytest.approx(record.options['reversal'])
    source, target = views(record)
    (term,) = cdan(record, entropy=False)(source, target, record.options['reversal']).values()
    assert_agrees(term, record, 'source', 'target')
    assert record.gradients['source_logits'] is None


def test_cdan_with_entropy_dalib() -> None:
    """dalib weighs both domains jointly, where paper and ours weigh within each; its logarithm has an epsilon."""
    record = load('cdan_dalib_entropy')
    source, target = views(record)
    both = torch.cat([source.probabilities, target.probabilities]).detach()
    weights = 1 + (both * (both + 1e-5).log()).sum(dim=1).exp()
    joint = weights / weights.sum()
    assert_close(joint, entropy_weights(torch.cat([source.logits, target.logits])), within=1e-5)

    alignment = cdan(record, entropy=True)
    logits = alignment.critic(alignment.condition(View.concatenate([source, target])))
    count = len(source)
    value = joint @ torch.cat([F.softplus(-logits[:count]), F.softplus(logits[count:])])
    assert_close(value, record.value)

    (term,) = alignment(source, target, record.options['reversal']).values()
    found = torch.autograd.grad(term, [record['source'], record['target']])
    share = joint[:count].sum()
    assert float(share) != pytest.approx(0.5, abs=1e-3)
    for gradient, part, name in zip(found, (share, 1 - share), ('source', 'target'), strict=True):
        expected = record.gradients[name]
        assert expected is not None
        assert_close(2 * part * gradient, expected, within=1e-5)


def test_entropy_weights_pytorch_adapt() -> None:
    """Nothing differs in value; theirs let the gradient through the entropy."""
    record = load('weights_adapt')
    assert_close(entropy_weights(record['logits']), record.value)


def test_randomised_product_pytorch_adapt() -> None:
    """Theirs multiplies from the right: the random matrices are the transposes of ours."""
    record = load('randomised_adapt')
    value = randomised_multilinear(
        record['features'], record['probabilities'], record['first'].T, record['second'].T
    )
    assert_agrees(value, record)


def test_mcc_pytorch_adapt() -> None:
    """Nothing differs; it divides columns where the paper divides rows, and the matrix is symmetric."""
    record = load('mcc_adapt')
    assert_agrees(class_confusion(record['logits'], record.options['T']), record, 'logits')


def test_mcc_skada() -> None:
    """Equal in value but for an epsilon in a logarithm; its gradient flows through the weights as well."""
    record = load('mcc_skada')
    temperature = record.options['T']
    assert_agrees(class_confusion(record['logits'], temperature), record, within=1e-6)
    probabilities = (record['logits'] / temperature).softmax(dim=1)
    weights = 1 + (-entropies(record['logits'] / temperature)).exp()
    confusion = probabilities.T @ (weights[:, None] * probabilities)
    attached = 1 - (confusion.diagonal() / confusion.sum(dim=1)).mean()
    assert_agrees(attached, record, 'logits', within=1e-6)


def test_bnm_pytorch_adapt() -> None:
    """Nothing differs: the paper's division by the number of samples, not the authors' code's by the rank."""
    record = load('bnm_adapt')
    probabilities = record['logits'].softmax(dim=1)
    assert_agrees(-nuclear_norm(probabilities) / len(probabilities), record, 'logits')
    view = View(record['logits'], record['logits'])
    assert_agrees(BNM()(view, view, 1.0)['bnm'], record, 'logits')


def test_entropy_and_information_pytorch_adapt() -> None:
    """Nothing differs: its entropy and its diversity add up to our negative information, but for an epsilon."""
    record, diversity = load('entropy_adapt'), load('diversity_adapt')
    assert_agrees(entropies(record['logits']).mean(), record, 'logits')
    value = negative_information(record['logits'])
    assert_close(value, record.value + diversity.value, within=1e-6)
    (gradient,) = torch.autograd.grad(value, record['logits'])
    parts = record.gradients['logits'], diversity.gradients['logits']
    assert parts[0] is not None
    assert parts[1] is not None
    assert_close(gradient, parts[0] + parts[1], within=1e-6)


def disparity(record: Published) -> Tensor:
    classes = record['source'].argmax(dim=1), record['target'].argmax(dim=1)
    return margin_disparity(record['source_critic'], record['target_critic'], *classes, margin=4.0)


def test_mdd_dalib() -> None:
    """dalib adds 1e-6 to 1 - p before the logarithm, which ours takes exactly."""
    record = load('mdd_dalib')
    assert record.options['margin'] == 4
    exact = log_not(record['target_critic'], record['target'].argmax(dim=1))
    shift = exact.mean() - (exact.exp() + 1e-6).log().mean()
    assert shift < 0
    assert_close(shift, torch.zeros_like(shift), within=1e-5)
    assert_agrees(disparity(record) + shift, record, 'source_critic', 'target_critic')
    assert record.gradients['source'] is record.gradients['target'] is None


def test_mdd_skada() -> None:
    """It smooths p, and indexes every sample's p by the classes of the whole batch: 0.087 less here than the paper."""
    record = load('mdd_skada')
    smooth = 0.9 * record['target_critic'].softmax(dim=1) + 0.1 / 3
    classes = record['target'].argmax(dim=1)
    every_pair = (1 - smooth[:, classes]).log().mean()
    value = disparity(record) + log_not(record['target_critic'], classes).mean() - every_pair
    assert_agrees(value, record, 'source_critic', 'target_critic')
    assert_close(disparity(record) - record.value, torch.tensor(0.0869, dtype=torch.float64), within=1e-4)


@pytest.mark.parametrize('count', [1, 2])
def test_bsp_pytorch_adapt(count: int) -> None:
    """It penalises one domain, ours the sum of both; the other one is zero here."""
    record = load('bsp_adapt') if count == 1 else load('bsp_adapt_two')
    features = record['features']
    assert_agrees(spectral_penalty(features, torch.zeros_like(features), count), record, 'features')


def test_afn_pytorch_adapt() -> None:
    """Nothing differs: the mean runs over all samples it is given, here of two domains."""
    record = load('afn_adapt')
    features = record['features']
    assert_agrees(stepwise_norm(features[:4], features[4:], record.options['step_size']), record, 'features')


def test_sliced_wasserstein_pytorch_adapt() -> None:
    """Nothing differs for equal batches; it takes no others, and 128 directions whatever it is asked for."""
    record = load('sliced_adapt')
    value = sliced_wasserstein(record['source'], record['target'], record['projections'].T)
    assert_agrees(value, record, 'source', 'target')


def test_sliced_wasserstein_pot() -> None:
    """POT returns the root; the batches are unequal here."""
    record = load('sliced_pot')
    value = sliced_wasserstein(record['source'], record['target'], record['projections'].T)
    assert_agrees(value.sqrt(), record, *record.inputs)


def test_deepjdot_skada() -> None:
    """Nothing differs; its factors are called `reg_dist` and `reg_cl`, and it takes equal batches only."""
    record = load('deepjdot_skada')
    parts = [record[name] for name in ('source', 'labels', 'target', 'target_logits')]
    cost = joint_cost(*parts, alpha=record.options['reg_dist'], lambda_t=record.options['reg_cl'])
    assert_agrees((transport_plan(cost) * cost).sum(), record, 'source', 'target', 'target_logits')


def literal_cdd(record: Published, *, as_skada: bool) -> Tensor:
    """Return the paper's formula pair by pair; ``as_skada`` brings in skada's four departures from it."""
    sigmas = torch.tensor(record.options['sigmas'], dtype=torch.float64)
    domains = record['source'].detach(), record['target'].detach()
    members = [F.one_hot(record[f'{name}_labels']).double() for name in ('source', 'target')]

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        distances = torch.cdist(x, y)  # 1. not squared
        return (-(distances if as_skada else distances.square())[..., None] / sigmas).exp().sum(dim=-1)

    def within(x: Tensor, weights: Tensor) -> Tensor:
        left = torch.ones_like(weights) if as_skada else weights  # 2. rows of every class
        return left @ kernel(x, x) @ weights / weights.sum() ** 2

    def pair(one: int, other: int) -> Tensor:
        ours, theirs = members[0][:, one], members[1][:, other]
        across = ours @ kernel(*domains) @ theirs / (ours.sum() * theirs.sum())
        if as_skada:
            across = across / (ours.sum() * theirs.sum())  # 3. divided by the number of pairs twice
        return within(domains[0], ours) + within(domains[1], theirs) - 2 * across

    classes = range(members[0].shape[1])
    pairs = [
        (a, b) for a in classes for b in classes if (a < b if as_skada else a != b)
    ]  # 4. half of the pairs
    same = torch.stack([pair(each, each) for each in classes]).mean()
    return same - torch.stack([pair(*each) for each in pairs]).sum() / (len(classes) * (len(classes) - 1))


def test_cdd_skada() -> None:
    """skada departs from the paper in four places: 3.9281 where the paper's formula and ours give -3.9104."""
    record = load('cdd_skada')
    assert_close(literal_cdd(record, as_skada=True), record.value)
    ours = mean_distance(torch.cat([record['source'], record['target']]))
    value = contrastive_discrepancy(
        record['source'],
        record['target'],
        F.one_hot(record['source_labels']),
        F.one_hot(record['target_labels']),
        scales=[float(sigma / (2 * ours)) for sigma in record.options['sigmas']],
    )
    assert_close(value, literal_cdd(record, as_skada=False))
    assert_close(value, torch.tensor(-3.9104, dtype=torch.float64), within=1e-4)


def test_mcd_dalib() -> None:
    """Nothing differs: the mean over samples and classes."""
    record = load('mcd_dalib')
    assert_agrees(classifier_discrepancy(record['first'], record['second']), record, 'first', 'second')


def test_vat_pytorch_adapt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing differs, given the same first direction."""
    record = load('vat_adapt')
    first, weights, bias = (
        torch.tensor(record.options[name], dtype=torch.float64) for name in ('direction', 'weights', 'bias')
    )
    monkeypatch.setattr(torch, 'randn_like', lambda _: first)

    def predict(images: Tensor) -> Tensor:
        return F.linear(images.flatten(1), weights, bias)

    images, options = record['images'], record.options
    value = virtual_adversarial(
        predict,
        images,
        predict(images),
        radius=options['epsilon'],
        xi=options['xi'],
        iterations=options['num_power_iterations'],
    )
    assert_agrees(value, record, 'images')
