"""What the evaluator reports is what figures published on the target count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from benchmarks_fake import record
from torchmetrics.functional.classification import multiclass_accuracy
from toy import Toy
from training import fit, make, module, pair

from dann.benchmarks.report.formats import markdown
from dann.benchmarks.report.sheet import sheet
from dann.benchmarks.report.table_builder import build_table
from dann.core.validator import estimators
from dann.datasets import DomainDataset
from dann.datasets.storage.stored_domain import Samples
from dann.engine.evaluation import Evaluator, accuracy, accuracy_on_test, class_accuracy
from dann.engine.module import AdaptationModule
from dann.networks.batch_norm import Domain
from dann.validators.atc import ATC


class Unlabelled(Toy):
    """Says that it has no labels."""

    @property
    def labelled(self) -> bool:
        return False


class Counted(Toy):
    """Counts the mean over classes, and has many more of one class than of the others in its test split."""

    metric = 'mean class accuracy'

    def make(self) -> dict[str, Samples]:
        splits = super().make()
        test = splits['test']
        few = np.flatnonzero((test.labels == 0) | (np.arange(len(test.labels)) < 3))
        splits['test'] = Samples(test.images[few], test.labels[few], test.ids[few])
        return splits


@pytest.mark.parametrize('seed', range(3))
def test_accuracies_are_those_of_torchmetrics(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    predictions, labels = torch.randint(0, 4, (2, 37), generator=generator)
    whole = multiclass_accuracy(predictions, labels, 4, average='micro').item()
    classes = multiclass_accuracy(predictions, labels, 4, average='macro').item()
    assert accuracy(predictions, labels) == pytest.approx(whole)
    assert class_accuracy(predictions, labels) == pytest.approx(classes)


def test_a_class_without_samples_does_not_count() -> None:
    labels = torch.tensor([0, 0, 0, 0, 2])
    predictions = torch.tensor([0, 0, 0, 1, 2])
    assert class_accuracy(predictions, labels) == pytest.approx((3 / 4 + 1) / 2)
    assert accuracy(predictions, labels) == pytest.approx(4 / 5)


@pytest.mark.parametrize('kind', [Toy, Counted])
def test_the_reported_accuracy_is_the_one_the_data_set_counts(kind: type[Toy]) -> None:
    evaluator, model = Evaluator(), module()
    data = pair(target=kind('b'))
    fit(model, data, epochs=1, callbacks=[evaluator])
    scores, labels = evaluator.scores, data.target.labels('test')
    predictions = model.splits['target_test'].predictions
    whole, classes = accuracy(predictions, labels), class_accuracy(predictions, labels)
    assert scores['oracle/target_test_class_accuracy'] == classes
    if kind is Counted:
        assert whole != classes
        assert scores['oracle/target_test_accuracy'] == classes
        assert scores['oracle/target_test_overall_accuracy'] == whole
    else:
        assert scores['oracle/target_test_accuracy'] == whole
        assert 'oracle/target_test_overall_accuracy' not in scores


def by_hand(model: AdaptationModule, source: DomainDataset, domain: Domain) -> list[bool]:
    """Whether each image of the source's test split is told right, one image at a time."""
    right = []
    for image, label in zip(source.images('test')[:], source.labels('test').tolist(), strict=True):
        with torch.no_grad():
            logits = model.eval().evaluated(image[None].float() / 255, domain=domain).logits
        right.append(int(np.argmax(logits.double().numpy())) == label)
    return right


def test_the_accuracy_on_the_source_is_that_of_its_own_batch_norm_image_by_image() -> None:
    evaluator, model = Evaluator(), module(make('AdaBN'))
    data = pair(Toy('a', test=90))
    fit(model, data, epochs=1, callbacks=[evaluator])
    right = by_hand(model, data.source, 'source')
    assert model.deployed == 'target'
    assert evaluator.scores['source/test_accuracy'] == pytest.approx(sum(right) / 90, abs=1e-12)
    assert sum(right) != sum(by_hand(model, data.source, 'target'))


def test_the_accuracy_on_the_source_is_counted_as_the_targets() -> None:
    evaluator, model = Evaluator(), module()
    data = pair(Counted('a'), Counted('b'))
    fit(model, data, epochs=1, callbacks=[evaluator])
    right, labels = by_hand(model, data.source, 'source'), data.source.labels('test').tolist()
    shares = [np.mean([r for r, label in zip(right, labels, strict=True) if label == c]) for c in range(3)]
    assert evaluator.scores['source/test_accuracy'] == pytest.approx(np.mean(shares), abs=1e-12)
    assert np.mean(shares) != np.mean(right)


def test_the_supervised_reference_has_no_accuracy_on_the_source() -> None:
    evaluator = Evaluator()
    fit(module(), pair(Toy('b'), Toy('b'), reference=True), epochs=1, callbacks=[evaluator])
    assert set(evaluator.scores) == {
        *('oracle/target_val_accuracy', 'oracle/target_test_accuracy', 'oracle/target_test_class_accuracy'),
        'oracle/worst_class_accuracy',
    }


def test_a_target_without_labels_does_not_hide_the_accuracy_on_the_source() -> None:
    evaluator = Evaluator()
    fit(module(), pair(target=Unlabelled('b')), epochs=1, callbacks=[evaluator])
    assert [name for name in evaluator.scores if not name.startswith('val/')] == ['source/test_accuracy']


def test_a_table_says_what_its_figures_are() -> None:
    assert '), target test accuracy in %' in markdown(sheet(build_table([record()], {})))
    text = markdown(sheet(build_table([record(metric='mean class accuracy')], {})))
    assert '), target test mean class accuracy in %' in text
    assert 'Mean class accuracy on the target test split' in text


def test_the_accuracy_on_a_target_without_labels_is_estimated() -> None:
    evaluator, model = Evaluator(), module()
    fit(model, pair(target=Unlabelled('b')), epochs=1, callbacks=[evaluator])
    views = model.splits['source_val'], model.splits['target_val']
    found = {name: score for name, score in evaluator.scores.items() if name.startswith('val/')}
    assert found == {f'val/{rule.name}': rule.score(*views) for rule in estimators()}


def test_an_estimate_that_the_run_computes_is_left_to_it() -> None:
    evaluator, model = Evaluator(), module(validators=[ATC('probability')])
    fit(model, pair(target=Unlabelled('b')), epochs=1, callbacks=[evaluator])
    assert sorted(name for name in evaluator.scores if name.startswith('val/')) == ['val/cot', 'val/doc']
    assert list(model.scores) == ['val/atc']


@pytest.mark.parametrize('stage', ['validate', 'test'])
def test_what_trains_nothing_returns_the_accuracy_on_the_target(stage: str) -> None:
    evaluator, model, data = Evaluator(), module(), pair()
    trainer = fit(model, data, epochs=1, callbacks=[evaluator])
    assert not [name for name in trainer.callback_metrics if name.startswith('oracle/')]
    trained = evaluator.scores
    returned = getattr(trainer, stage)(model, data, verbose=False)[0]
    assert evaluator.scores == trained
    assert {name: returned[name] for name in trained} == pytest.approx(trained)
    assert model.scores.items() <= {name: pytest.approx(value) for name, value in returned.items()}.items()
    again = fit(module(), data, epochs=1, callbacks=[evaluator])
    assert not [name for name in again.callback_metrics if name.startswith('oracle/')]


def test_a_training_after_a_validation_sees_no_score_of_the_evaluator() -> None:
    seen: list[str] = []

    class Watch(pl.Callback):
        def on_train_batch_start(self, trainer: pl.Trainer, *_: object) -> None:
            seen.extend(trainer.callback_metrics)

        def on_validation_end(self, trainer: pl.Trainer, *_: object) -> None:
            seen.extend(trainer.callback_metrics)

    model, data = module(), pair()
    quiet: dict[str, Any] = {'enable_progress_bar': False, 'enable_model_summary': False}
    trainer = pl.Trainer(
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        accelerator='cpu',
        callbacks=[Evaluator()],
        **quiet,
    )
    assert 'oracle/target_test_accuracy' in trainer.validate(model, data, verbose=False)[0]
    trainer.callbacks.append(Watch())  # type: ignore[attr-defined]
    trainer.fit(model, data)
    assert seen
    assert not [name for name in seen if name.startswith('oracle/')]


GROUPS = ('dusk', 'night')


def test_groups_are_scored_on_the_test_split_of_both_domains() -> None:
    evaluator = Evaluator()
    source, target = Toy('a', groups=GROUPS), Toy('b', groups=GROUPS)
    trainer = fit(module(), pair(source, target), epochs=1, callbacks=[evaluator])
    model: Any = trainer.lightning_module
    for start, domain in (('oracle', target), ('source', source)):
        view = model.splits['target_test' if start == 'oracle' else 'source_test']
        right = (view.predictions == domain.labels('test')).double()
        own = [float(right[domain.groups('test') == place].mean()) for place in (0, 1)]
        assert [evaluator.scores[f'{start}/group/{name}/accuracy'] for name in GROUPS] == pytest.approx(own)
        assert evaluator.scores[f'{start}/group_worst_accuracy'] == pytest.approx(min(own))
        for name in ('group/dusk/calibration_error', 'group_parity_difference', 'group_odds_difference'):
            assert 0 <= evaluator.scores[f'{start}/{name}'] <= 1


def test_groups_of_the_source_are_scored_where_the_target_has_none_or_no_labels() -> None:
    for target in (Toy('b'), Unlabelled('b', groups=GROUPS)):
        evaluator = Evaluator()
        fit(module(), pair(Toy('a', groups=GROUPS), target), epochs=1, callbacks=[evaluator])
        assert 'source/group/dusk/accuracy' in evaluator.scores
        assert not any(name.startswith('oracle/group') for name in evaluator.scores)


def test_no_score_of_groups_can_be_monitored() -> None:
    trainer = fit(
        module(), pair(Toy('a', groups=GROUPS), Toy('b', groups=GROUPS)), epochs=1, callbacks=[Evaluator()]
    )
    assert not any('group' in name for name in trainer.callback_metrics)


def test_a_target_counts_by_its_metric(tmp_path: Path) -> None:
    target = Toy('b', root=str(tmp_path), test=5)
    predicted = torch.zeros(5, dtype=torch.long)
    share = float((target.labels('test') == 0).double().mean())
    assert accuracy_on_test(target, predicted) == share
    target.metric = 'mean class accuracy'  # type: ignore[misc]
    assert accuracy_on_test(target, predicted) == pytest.approx(1 / 3)


@pytest.mark.parametrize('kind', [Toy, Counted])
def test_an_unseen_domain_is_scored_as_the_target_is(kind: type[Toy]) -> None:
    evaluator, apart = Evaluator(), Toy('d', test=11)
    model = module(make('DANN'), normed=True, batch_norm='domain_specific')
    data = pair(target=kind('b'), unseen=[apart])
    trainer = fit(model, data, callbacks=[evaluator])
    images: Any = apart.images('test')
    predicted = model.eval()(images[:].float() / 255).argmax(dim=1)
    score = evaluator.scores['oracle/unseen/toy/d/accuracy']
    count = accuracy if kind is Toy else class_accuracy
    assert score == count(predicted, apart.labels('test'))
    assert not any('unseen' in name for name in trainer.callback_metrics)
    assert trainer.validate(model, data, verbose=False)[0]['oracle/unseen/toy/d/accuracy'] == pytest.approx(
        score
    )
