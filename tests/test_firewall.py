"""Target labels cannot reach training or selection."""

from __future__ import annotations

import builtins
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from toy import Toy
from training import KINDS, METHODS, fit, make, module, pair, same_weights

from dann.core.pretraining import Pretraining
from dann.core.registry import registered
from dann.datasets import DomainPair
from dann.datasets.few_labels import draw_shots
from dann.engine.evaluation import Evaluator
from dann.engine.module import AdaptationModule
from dann.engine.pretraining import pretrain
from dann.networks import ConvNet, ViT

# validators see two views, whichever method made them: here those of a plain network, of one with an adversary, of
# one with a style, and of an average, are scored by all validators, and those of all other methods by one
STAGES: dict[str, Any] = registered(Pretraining, 'dann.methods.pretraining')
MANY = [name for name, kind in KINDS.items() if getattr(kind, 'many_sources', False)]
SCORED = (None, 'DANN', 'FDA', 'MeanTeacher')


@pytest.fixture(scope='module')
def scrambled(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """The target domain with every label on disk set to zero, and a manifest that agrees."""
    toy = Toy('b', root=str(tmp_path_factory.mktemp('scrambled')))
    toy.prepare()
    manifest = json.loads((toy.folder / 'manifest.json').read_text())
    for path in toy.folder.glob('*.labels.npy'):
        np.save(path, np.zeros_like(np.load(path)))
        manifest['sha256'][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (toy.folder / 'manifest.json').write_text(json.dumps(manifest))
    return toy


def trained(
    name: str | None, data: DomainPair, leak: Callable[[Tensor], Tensor] | None = None
) -> AdaptationModule:
    every: dict[str, Any] = {'validators': None} if name in SCORED and leak is None else {}
    model = module(None if name is None else make(name), **every)
    if leak is not None:
        model.__class__ = leaking(type(model), leak)
    fit(model, data, callbacks=[Evaluator()])
    return model


@pytest.mark.parametrize('name', [None, *METHODS])
def test_scrambled_target_labels_change_no_weight_and_no_score(name: str | None, scrambled: Toy) -> None:
    honest, blind = trained(name, pair()), trained(name, pair(target=scrambled))
    assert same_weights(honest, blind)
    np.testing.assert_equal(honest.scores, blind.scores)  # NaN where a score says nothing of so small a split
    assert honest.meter.means == blind.meter.means


def test_scrambled_target_labels_do_not_change_the_accuracy_on_the_source(scrambled: Toy) -> None:
    honest, blind = Evaluator(), Evaluator()
    fit(module(make('DANN')), pair(), callbacks=[honest])
    fit(module(make('DANN')), pair(target=scrambled), callbacks=[blind])
    assert honest.scores['source/test_accuracy'] == blind.scores['source/test_accuracy']
    assert honest.scores['oracle/target_test_accuracy'] != blind.scores['oracle/target_test_accuracy']


@pytest.mark.parametrize('name', [None, 'DANN', *MANY])
def test_the_firewall_stands_before_several_sources(name: str | None, scrambled: Toy) -> None:
    def on_three(target: Toy) -> AdaptationModule:
        model = module(None if name is None else make(name), num_sources=3)
        sources: Any = [Toy('a'), Toy('d'), Toy('e')]
        fit(model, pair(sources, target, batch_size=9), callbacks=[Evaluator()])
        return model

    toy = Toy('b')
    assert same_weights(on_three(toy), on_three(scrambled))


@pytest.mark.parametrize('name', [None, *METHODS])
def test_neither_images_nor_labels_of_an_unseen_domain_change_a_weight_or_a_score(
    name: str | None, scrambled: Toy
) -> None:
    ends = []
    for unseen in ([Toy('b')], [scrambled], [Toy('b', seed=9)], []):
        evaluator, model = Evaluator(), module(None if name is None else make(name))
        fit(model, pair(target=Toy('c'), unseen=unseen), epochs=1, callbacks=[evaluator])
        ends.append((model, {key: value for key, value in evaluator.scores.items() if 'unseen' not in key}))
    (first, scores), *others = ends
    for model, other in others:
        assert same_weights(first, model)
        np.testing.assert_equal({**first.scores, **scores}, {**model.scores, **other})


@pytest.mark.parametrize('name', [None, 'MME', 'FixMatch'])
def test_labels_that_are_not_given_away_change_no_weight(
    name: str | None, scrambled: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = Toy('b')
    toy.prepare()
    given = draw_shots(toy, 2, seed=0)
    monkeypatch.setattr('dann.datasets.pair.draw_shots', lambda *_: given)
    honest, blind = trained(name, pair(target=toy, shots=2)), trained(name, pair(target=scrambled, shots=2))
    assert same_weights(honest, blind)


@pytest.mark.parametrize('kind', STAGES)
def test_the_firewall_stands_before_the_first_stage(
    kind: str, scrambled: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def after_stage(target: Toy, cache: str) -> AdaptationModule:
        monkeypatch.setenv(
            'DANN_CACHE', str(tmp_path / cache)
        )  # or the second would read what the first has left
        torch.manual_seed(0)
        backbone = ViT(4, 8, 1, 2) if STAGES[kind].backbone else ConvNet(8, (8,), (3,), (2,))
        model = AdaptationModule(3, backbone, 6, validators=[], pretraining=STAGES[kind](3, 8))
        fit(model, pair(Toy('a', root=str(tmp_path)), target), callbacks=[Evaluator()])
        assert model.pretrained is not None
        return model

    honest, blind = after_stage(Toy('b', root=str(tmp_path)), 'one'), after_stage(scrambled, 'other')
    assert same_weights(honest, blind)


def test_the_first_stage_opens_no_label_of_either_domain(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path))
    data = pair(Toy('a', groups=GROUPS), Toy('b', groups=GROUPS))
    data.prepare_data()
    data.setup()
    data.labels, data.groups = {}, {}  # what the source's labels are held in
    for domain in (data.source, data.target):
        for name in ('labels', 'groups'):
            monkeypatch.setattr(domain, name, lambda split: pytest.fail(f'read labels of {split}'))
    for path in tmp_path.rglob('*.labels.npy'):
        path.unlink()
    pretrain(module(pretraining=STAGES['SimCLR'](3, 8)), data)


def leaking(kind: Any, labels: Callable[[Tensor], Tensor]) -> type[AdaptationModule]:
    class Leaking(kind):  # type: ignore[misc]
        """Adds 0.01 times the target's cross-entropy, looked up behind the framework's back."""

        def training_step(self, batch: Any, batch_idx: int) -> Tensor | None:
            loss: Tensor | None = super().training_step(batch, batch_idx)
            logits = self.network(batch['target']).logits
            leak = 0.01 * F.cross_entropy(logits, labels(batch['target']))
            if loss is not None:
                return loss + leak
            optimizers = self.optimizers()
            self.descend({'leak': leak}, *(optimizers if isinstance(optimizers, list) else [optimizers]))
            return None

    return Leaking


@pytest.mark.parametrize('name', [None, *METHODS])
def test_a_leak_of_weight_001_is_caught(name: str | None, scrambled: Toy) -> None:
    def lookup(domain: Toy) -> Callable[[Tensor], Tensor]:
        images, labels = domain.images('train').float() / 255, domain.labels('train')
        return lambda batch: labels[torch.cdist(batch.flatten(1), images.flatten(1)).argmin(dim=1)]

    toy = Toy('b')
    toy.prepare()
    honest = trained(name, pair(target=toy), lookup(toy))
    blind = trained(name, pair(target=scrambled), lookup(scrambled))
    assert not same_weights(honest, blind)


def test_the_supervised_reference_does_depend_on_target_labels(scrambled: Toy) -> None:
    honest, blind = module(), module()
    fit(honest, pair(Toy('b'), Toy('b'), reference=True))
    fit(blind, pair(scrambled, scrambled, reference=True))
    assert not same_weights(honest, blind)


def test_no_label_file_of_the_target_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real_open, real_load = builtins.open, np.load

    def spy(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, *args: Any, **kwargs: Any) -> Any:
            opened.append(str(file))
            return function(file, *args, **kwargs)

        return call

    real_path_open = Path.open
    data = pair()
    data.prepare_data()
    monkeypatch.setattr(builtins, 'open', spy(real_open))
    monkeypatch.setattr(np, 'load', spy(real_load))
    monkeypatch.setattr(Path, 'open', spy(real_path_open))
    fit(module(make('DANN'), validators=None), data)
    read = {Path(name).name for name in opened if 'toy-b' in name}
    assert 'train.images.npy' in read
    assert not any('labels' in name for name in read)


def test_a_batch_has_no_place_for_a_target_label() -> None:
    data = pair()
    data.prepare_data()
    data.setup()
    batch = next(iter(data.train_dataloader()))
    assert batch.keys() == {'source', 'target', 'target_index'}
    assert isinstance(batch['target'], Tensor)
    assert batch['target'].is_floating_point()


def test_validators_get_no_target_labels() -> None:
    model = module(make('DANN'), validators=None)
    fit(model)
    assert model.splits['target_val'].labels is None
    assert model.splits['target_test'].labels is None
    assert all(name.startswith(('val/', 'diagnostic/')) for name in model.scores)


def test_oracle_scores_cannot_be_monitored() -> None:
    evaluator = Evaluator()
    trainer = fit(module(), callbacks=[evaluator])
    assert all(name.startswith(('oracle/', 'source/')) for name in evaluator.scores)
    assert not any('source/' in name for name in trainer.callback_metrics)
    assert not any('oracle' in name for name in trainer.callback_metrics)


GROUPS = ('dusk', 'night')


@pytest.fixture(scope='module')
def regrouped(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """The target domain with every group on disk set to the first, and a manifest that agrees."""
    toy = Toy('b', root=str(tmp_path_factory.mktemp('regrouped')), groups=GROUPS)
    toy.prepare()
    manifest = json.loads((toy.folder / 'manifest.json').read_text())
    for path in toy.folder.glob('*.groups.npy'):
        np.save(path, np.zeros_like(np.load(path)))
        manifest['sha256'][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (toy.folder / 'manifest.json').write_text(json.dumps(manifest))
    return toy


@pytest.mark.parametrize('name', [None, *METHODS])
def test_scrambled_target_groups_change_no_weight_and_no_score(name: str | None, regrouped: Toy) -> None:
    source = Toy('a', groups=GROUPS)
    honest = trained(name, pair(source, Toy('b', groups=GROUPS)))
    blind = trained(name, pair(source, regrouped))
    assert same_weights(honest, blind)
    np.testing.assert_equal(honest.scores, blind.scores)
    assert honest.meter.means == blind.meter.means


def test_no_file_of_the_targets_groups_is_opened_and_no_batch_has_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target = Toy('b', root=str(tmp_path), groups=GROUPS)
    data = pair(Toy('a', groups=GROUPS), target)
    data.prepare_data()

    def read(split: str) -> Tensor:
        raise AssertionError(f'groups of {split} were read')

    monkeypatch.setattr(target, 'groups', read)
    for path in target.folder.glob('*.groups.npy'):
        path.unlink()
    data.setup()
    batch = next(iter(data.train_dataloader()))
    assert batch.keys() == {'source', 'source_groups', 'target', 'target_index'}
    fit(module(make('DANN'), validators=None), data)
    with pytest.raises(AssertionError, match='groups of test were read'):
        fit(module(make('DANN')), data, callbacks=[Evaluator()])
