"""A run on stored features is the run on images, wherever the frozen blocks end, and says where it cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from photos import write_domain, write_pair
from toy import Toy
from training import fit, make, module, pair, same_weights

from dann.core.errors import UserError
from dann.core.schedules import Sigmoid
from dann.datasets import DomainPair, Folder
from dann.datasets.loading import Augment
from dann.datasets.storage.feature_bank import Picked, Views
from dann.datasets.unseen import part_of
from dann.engine import bank
from dann.engine.bank import attach, fused, obstacle
from dann.engine.module import AdaptationModule
from dann.methods.alignment.dann import DANN
from dann.methods.style.fda import FDA
from dann.methods.style.histogram import HistogramMatching
from dann.networks import Backbone, ConvNet, EfficientNetLite
from dann.networks.vit import ViT
from dann.validators.infomax import InfoMax
from dann.validators.mixval import MixVal


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


def network(**options: Any) -> AdaptationModule:
    """Two blocks with batch norm whose statistics are not those it starts with."""
    torch.manual_seed(0)
    backbone = ConvNet(8, (8, 6), (3, 3), (2, 2), batch_norm=True)
    backbone.train()(torch.rand(64, 3, 8, 8))
    chosen: dict[str, Any] = {'bottleneck': 6, 'validators': [InfoMax()], 'freeze': 'all'} | options
    return AdaptationModule(3, backbone, **chosen)


@pytest.mark.parametrize('freeze', ['all', 1])
def test_weights_are_those_of_a_run_on_images(freeze: Any) -> None:
    """Within 1e-5 after 15 steps in float32, and the scores with them."""
    ends = []
    for features in ('images', 'bank'):
        trained = network(freeze=freeze, alignment=DANN())
        fit(trained, pair(features=features), epochs=3)
        ends.append((trained.state_dict(), trained.scores))
    (images, scores), (stored, other) = ends
    assert images.keys() == stored.keys()
    for name, value in images.items():
        torch.testing.assert_close(stored[name], value, atol=1e-5, rtol=0, msg=name)
    assert other == pytest.approx(scores, abs=1e-4)


def test_networks_that_differ_in_no_weight_have_features_of_their_own() -> None:
    found = []
    for heads in (2, 4):
        torch.manual_seed(0)
        model = AdaptationModule(3, ViT(4, 8, 2, heads=heads), 6, validators=[], freeze='all')
        data = pair(features='bank')
        data.prepare_data()
        data.setup()
        attach(model, data)
        found.append(data.stored['source', 'train'][:4])
    assert not torch.equal(*found)


def test_a_frozen_extractor_reads_a_bank_by_default_and_an_unfrozen_one_images() -> None:
    frozen, free = network(), network(freeze='none')
    data = pair()
    fit(frozen, data)
    assert frozen.backbone.stored == (2, (24,))
    assert tuple(next(iter(data.train_dataloader()))['target'].shape) == (8, 24)
    again = pair()
    fit(network(), again)
    assert again.extracted == data.extracted > 0  # of the extraction, whichever run it was in
    fit(free, data)
    assert data.extracted == 0
    assert free.backbone.stored is None
    assert tuple(next(iter(data.train_dataloader()))['target'].shape) == (8, 3, 8, 8)


def test_images_are_still_taken_after_training_on_a_bank() -> None:
    trained = network()
    fit(trained, pair())
    images = torch.rand(4, 3, 8, 8)
    trained.eval()
    with torch.no_grad():
        stored = trained.backbone.before(2, images)
        torch.testing.assert_close(trained(images), trained(stored))


def test_other_weights_images_and_sizes_have_another_bank(tmp_path: Path) -> None:
    def banks() -> int:
        return len(list((tmp_path / 'cache' / 'features').glob('[!.]*')))

    def attached(trained: AdaptationModule, data: DomainPair) -> None:
        data.prepare_data()
        data.setup()
        attach(trained, data)

    attached(network(), pair())
    assert banks() == 6
    attached(network(), pair(seed=3, batch_size=4))
    assert banks() == 6  # neither order nor batches enter
    other = network()
    with torch.no_grad():
        next(other.backbone.parameters()).add_(0.1)
    attached(other, pair())
    assert banks() == 12
    attached(network(), pair(target=Toy('c')))
    assert banks() == 15  # the source's are known
    attached(network(freeze=1), pair())
    assert banks() == 21


def test_styles_and_augmentation_come_as_views() -> None:
    data, trained = pair(augment=Augment(shift=1), views=3), network(style=FDA())
    data.prepare_data()
    data.setup()
    attach(trained, data)
    source, target = data.stored['source', 'train'], data.stored['target', 'train']
    assert isinstance(source, Views)
    assert isinstance(target, Views)
    assert source.values.shape == target.values.shape == (3, 48, 24)
    assert isinstance(data.stored['source', 'val'], torch.Tensor)
    plain = trained.backbone.eval().before(2, data.images['source', 'train'][:5].float() / 255)
    torch.testing.assert_close(source[:5], plain, atol=1e-5, rtol=1e-5)  # neither augmented nor styled
    assert not torch.allclose(source.values[0], source.values[1])
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([source.drawn(torch.tensor([7]), generator)[0] for _ in range(30)])
    found = {int((source.values[:, 7] == row).all(dim=1).nonzero()[0]) for row in drawn}
    assert found == {0, 1, 2}


def test_a_styled_bank_holds_styled_images() -> None:
    """Histogram matching to a black target makes black images, whose features are all the same."""
    data, trained = pair(views=1), network(style=HistogramMatching())
    data.prepare_data()
    data.setup()
    data.images['target', 'train'] = torch.zeros_like(data.images['target', 'train'][:])
    attach(trained, data)
    source = data.stored['source', 'train']
    assert isinstance(source, Views)
    black = trained.backbone.eval().before(2, torch.zeros(1, 3, 8, 8)).expand(48, -1)
    torch.testing.assert_close(source.values[0], black, atol=1e-5, rtol=1e-5)
    fit(trained, data)  # trains


@pytest.mark.parametrize(
    ('made', 'message'),
    [
        (lambda: network(freeze='none'), 'nothing of the backbone is frozen; set `freeze: all`'),
        (lambda: network(unfrozen_by=0.5), 'set `unfrozen_by: 0`'),
        (lambda: network(style=FDA(schedule=Sigmoid())), 'give it a `Constant` schedule'),
        (lambda: network(style=make('MixStyle')), 'MixStyle works inside the network'),
        (lambda: network(style=make('CycleGAN')), 'or is trained'),
        (lambda: module(make('FixMatch'), freeze='all'), 'FixMatch changes images in its steps'),
    ],
)
def test_what_cannot_read_a_bank_says_so_or_reads_images(made: Any, message: str) -> None:
    trained = made()
    assert message in obstacle(trained)
    data = pair(features='bank')
    data.prepare_data()
    data.setup()
    with pytest.raises(UserError, match='`features: bank` does not work here'):
        attach(trained, data)
    data.features = 'auto'
    attach(trained, data)
    assert not data.stored
    assert trained.backbone.stored is None


def test_maps_beyond_the_budget_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, 'BUDGET', 1000)
    data = pair(features='bank')
    data.prepare_data()
    data.setup()
    with pytest.raises(UserError, match='freeze more blocks, or set `features: images`'):
        attach(network(freeze=1), data)
    attach(network(), data)
    assert data.stored  # pooled features are small whatever the budget
    data.features = 'auto'
    attach(network(freeze=1), data)
    assert not data.stored


@pytest.mark.parametrize('features', ['auto', 'bank'])
def test_unseen_maps_beyond_the_budget_change_no_weight(
    monkeypatch: pytest.MonkeyPatch, features: Any
) -> None:
    """Those of the pair fit: they are read from the bank, and the unseen images from where they are."""
    monkeypatch.setattr(bank, 'BUDGET', 48 * 8 * 8 * 8 * 4)
    ends = []
    for unseen in ([], [Toy('d', test=900)], [Toy('d', test=12)]):
        trained, data = network(freeze=1), pair(features=features, unseen=unseen)
        fit(trained, data)
        ends.append((trained, data))
    (alone, _), (beside, large), (_, small) = ends
    assert ('source', 'train') in large.stored
    assert ('unseen/toy/d', 'test') not in large.stored
    assert ('unseen/toy/d', 'test') in small.stored
    assert same_weights(alone, beside)
    assert len(beside.splits['unseen/toy/d']) == 900


def test_scores_that_mix_images_are_left_out_on_a_bank() -> None:
    trained = network(validators=[InfoMax(), MixVal()])
    fit(trained, pair())
    assert [name for name in trained.scores if name.startswith('val/')] == ['val/infomax']
    trained = network(validators=[InfoMax(), MixVal()])
    fit(trained, pair(features='images'))
    assert 'val/mixval' in trained.scores


def test_no_label_is_in_a_bank(tmp_path: Path) -> None:
    """The firewall holds: what is stored of the target does not depend on its labels."""
    fit(network(), pair())
    kept = {path.name: path.read_bytes() for path in (tmp_path / 'cache' / 'features').glob('*/*.npy')}
    assert kept

    class Relabelled(Toy):
        def labels(self, split: str) -> torch.Tensor:
            raise AssertionError('a label was read')

    data = pair(target=Relabelled('b'))
    data.prepare_data()
    data.setup()
    attach(network(), data)
    assert {
        path.name: path.read_bytes() for path in (tmp_path / 'cache' / 'features').glob('*/*.npy')
    } == kept


def test_few_labels_are_read_from_the_bank() -> None:
    trained, data = network(), pair(shots=2)
    fit(trained, data)
    images, labels = next(iter(data.train_dataloader()))['shots']
    assert tuple(images.shape) == (6, 24)
    assert len(labels) == 6


@pytest.mark.parametrize('backbone', [network().backbone, EfficientNetLite(0)], ids=['convnet', 'lite'])
def test_merging_batch_norm_changes_nothing_but_rounding(backbone: Backbone) -> None:
    backbone.eval()
    images = torch.rand(5, 3, 8, 8).repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
    images = images if isinstance(backbone, EfficientNetLite) else images[:, :, :8, :8]
    with torch.no_grad():
        torch.testing.assert_close(fused(backbone)(images), backbone(images), atol=5e-5, rtol=1e-4)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in fused(backbone).modules())


def seconds_of(folder: Path) -> float:
    return float(json.loads((folder / 'manifest.json').read_text())['seconds'])


def seeded(root: Path, seed: int, **options: Any) -> DomainPair:
    """A pair of the user's own folders, split by ``seed`` and set up."""
    day, night = (Folder(str(root), domain, size=8, seed=seed) for domain in ('day', 'night'))
    data = DomainPair(day, night, batch_size=8, steps_per_epoch=5, **options)
    data.prepare_data()
    data.setup()
    return data


@pytest.mark.parametrize('setting', ['inductive', 'transductive'])
def test_splits_drawn_anew_choose_from_features_extracted_once(tmp_path: Path, setting: Any) -> None:
    write_pair(tmp_path / 'photos')
    trained, kept = network(), []
    for seed in (0, 1):
        data = seeded(tmp_path / 'photos', seed, setting=setting)
        attach(trained, data)
        kept.append({path.name for path in (tmp_path / 'cache' / 'features').glob('[!.]*')})
        trained.eval()
        for key, images in data.images.items():
            with torch.no_grad():
                expected = trained.backbone.before(2, images[:].float().div(255))
            torch.testing.assert_close(data.stored[key][:], expected)
    assert len(kept[0]) == 2  # one a domain
    took = [seconds_of(folder) for folder in (tmp_path / 'cache' / 'features').glob('[!.]*')]
    assert data.extracted == pytest.approx(sum(took))  # shared by splits, and counted once
    assert kept[0] == kept[1]


@pytest.mark.parametrize(('published', 'extracted'), [(True, 4), (False, 12)])
def test_of_an_unseen_domain_with_published_splits_the_test_split_alone_is_extracted(
    tmp_path: Path, published: bool, extracted: int
) -> None:
    """Where a seed draws them, features of all images serve every seed."""
    write_pair(tmp_path / 'photos')
    for split, count in (('train', 8), ('test', 4)) if published else (('', 12),):
        write_domain(tmp_path / 'photos' / 'dusk' / split, count, brightness=70)
    dusk = Folder(str(tmp_path / 'photos'), 'dusk', size=8, test=0.25)
    data = seeded(tmp_path / 'photos', 0, unseen=[dusk])
    attach(network(), data)
    kept = data.stored[part_of(dusk), 'test']
    values = kept.views[0] if isinstance(kept, Picked) else kept
    assert len(values) == extracted


def test_mirroring_takes_both_images_of_each_and_no_other(tmp_path: Path) -> None:
    write_pair(tmp_path / 'photos')
    data, trained = seeded(tmp_path / 'photos', 0, augment=Augment(flip=True)), network()
    attach(trained, data)
    trained.eval()
    plain = data.images['target', 'train'][:].float().div(255)
    with torch.no_grad():
        views = [trained.backbone.before(2, images) for images in (plain, plain.flip(-1))]
    stored, positions = data.stored['target', 'train'], torch.arange(len(plain))
    assert isinstance(stored, Picked)
    torch.testing.assert_close(stored[:], views[0])
    generator, found = torch.Generator().manual_seed(0), set()
    for _ in range(8):
        drawn = stored.drawn(positions, generator)
        near = torch.stack([(drawn - view).abs().amax(dim=1) < 1e-5 for view in views])
        assert near.any(dim=0).all()
        found |= {int(which) for which in near.float().argmax(dim=0)}
    assert found == {0, 1}
    tested = data.stored['target', 'test']  # nothing is mirrored where it is evaluated
    assert isinstance(tested, Picked)
    torch.testing.assert_close(tested.drawn(torch.arange(2), generator), tested[:2])


def test_shifts_and_shots_are_extracted_of_their_splits(tmp_path: Path) -> None:
    write_pair(tmp_path / 'photos')
    for options in ({'augment': Augment(1, flip=True)}, {'shots': 1}):
        data, trained = seeded(tmp_path / 'photos', 0, **options), network()
        attach(trained, data)
        assert not isinstance(data.stored['target', 'train'], Picked)
