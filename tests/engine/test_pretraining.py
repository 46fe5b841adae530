"""The first stage of a run: its cache, its hash, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from own_pretraining import Brightness
from torch import Tensor, nn
from toy import Toy
from training import fit, make, module, pair, same_weights

from dann.core.errors import CheckError, RunError, UserError
from dann.core.pretraining import Pretraining
from dann.datasets import Arrays
from dann.datasets.augment import Augment
from dann.datasets.pair import DomainPair
from dann.datasets.weak_and_strong import Strong
from dann.engine.meter import NonFiniteLossError
from dann.engine.module import AdaptationModule
from dann.engine.pretraining import FILE, check_pretraining, decayed, half_cosine, pretrain
from dann.methods.pretraining.rotation import Rotation
from dann.methods.pretraining.simclr import SimCLR
from dann.networks import MLP, ConvNet
from dann.networks.backbone import Backbone, weights_hash
from dann.networks.vit import ViT


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    return tmp_path / 'cache' / 'pretrained'


def ready(**options: Any) -> DomainPair:
    data = pair(**options)
    data.prepare_data()
    data.setup()
    return data


def short(**options: Any) -> Rotation:
    return Rotation(**{'steps': 3, 'batch_size': 8, **options})


def test_a_second_run_reads_the_same_weights_bit_for_bit(cache: Path) -> None:
    said: list[str] = []
    one, other = module(pretraining=short()), module(pretraining=short())
    first = pretrain(one, ready(), begins=said.append)
    second = pretrain(other, ready(), begins=said.append)
    assert said == ['pre-training by Rotation, 3 steps']
    assert first == second
    assert same_weights(one, other)
    assert weights_hash(one.backbone) == first.weights
    assert [path for path in cache.iterdir() if path.is_dir()] == [first.folder]


def test_what_was_trained_anew_is_the_same_bit_for_bit(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = module(pretraining=short()), module(pretraining=short())
    pretrain(one, ready())
    monkeypatch.setenv('DANN_CACHE', str(cache / 'another'))
    torch.rand(9)  # whatever was drawn before
    pretrain(other, ready())
    assert same_weights(one, other)


class Upside(Augment):
    """Has the options of the augmentation that changes nothing, and turns images over."""

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return images upside down."""
        return images.flip(2)


def transformer(**options: Any) -> AdaptationModule:
    torch.manual_seed(0)
    return AdaptationModule(3, ViT(4, 8, 1, **options), 6, validators=[], pretraining=short())


CHANGES: dict[str, Callable[[], tuple[AdaptationModule, DomainPair]]] = {
    'steps': lambda: (module(pretraining=short(steps=4)), ready()),
    'batch size': lambda: (module(pretraining=short(batch_size=9)), ready()),
    'learning rate': lambda: (module(pretraining=short(lr=0.01)), ready()),
    'weight decay': lambda: (module(pretraining=short(weight_decay=0.5)), ready()),
    'method': lambda: (module(pretraining=SimCLR(3, 8)), ready()),
    'option of a method': lambda: (module(pretraining=SimCLR(3, 8, temperature=0.1)), ready()),
    'seed of the data': lambda: (module(pretraining=short()), ready(seed=1)),
    'first weights': lambda: (module(pretraining=short(), seed=1), ready()),
    'network': lambda: (module(pretraining=short(), normed=True), ready()),
    'transformer': lambda: (transformer(heads=2), ready()),
    'heads': lambda: (transformer(heads=4), ready()),
    'source': lambda: (module(pretraining=short()), ready(source=Toy('d'))),
    'target': lambda: (module(pretraining=short()), ready(target=Toy('e'))),
    'augmentation': lambda: (module(pretraining=short()), ready(augment=Augment(1))),
    'class of an augmentation': lambda: (module(pretraining=short()), ready(augment=Upside())),
    'setting': lambda: (module(pretraining=short()), ready(setting='transductive')),
}


def test_whatever_the_weights_depend_on_has_weights_of_its_own() -> None:
    folders = [pretrain(*make_it()).folder for make_it in CHANGES.values()]
    folders.append(pretrain(module(pretraining=short()), ready()).folder)
    assert len(set(folders)) == len(CHANGES) + 1


def test_what_they_do_not_depend_on_has_not() -> None:
    first = pretrain(module(pretraining=short()), ready()).folder
    for model in (
        module(make('DANN'), pretraining=short()),
        module(pretraining=short(), freeze='all'),
        module(pretraining=short(), bottleneck=9),
    ):
        assert pretrain(model, ready()).folder == first
    assert pretrain(module(pretraining=short()), ready(batch_size=12, sampling='class')).folder == first


def test_a_method_whose_code_has_changed_has_weights_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Brightness(3, 8)
    before = pretrain(module(pretraining=stage), ready()).folder
    monkeypatch.setattr('dann.core.own_code.sha256', lambda path: 'changed')
    assert pretrain(module(pretraining=stage), ready()).folder != before


def test_an_augmentation_whose_code_has_changed_has_too(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pretrain(module(pretraining=short()), ready(augment=Upside())).folder
    monkeypatch.setattr('dann.core.own_code.sha256', lambda path: 'changed')
    assert pretrain(module(pretraining=short()), ready(augment=Upside())).folder != before


def test_and_so_has_everything_when_the_package_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pretrain(module(pretraining=short()), ready()).folder
    monkeypatch.setattr('dann.engine.pretraining.package_digest', lambda: 'edited')
    assert pretrain(module(pretraining=short()), ready()).folder != before


class Given(Backbone):
    """Is made of a network, which cannot be written down."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers, self.out_features = layers, 4

    def extract(self, images: Tensor) -> Tensor:
        """Return the channels' means of what leaves the network."""
        mean: Tensor = self.layers(images).mean(dim=(2, 3))
        return mean


def test_a_backbone_of_a_network_of_ones_own_is_trained() -> None:
    torch.manual_seed(0)
    made = [Given(nn.Conv2d(3, 4, 3, padding=each)) for each in (0, 1)]
    modules = [AdaptationModule(3, each, 6, validators=[], pretraining=short()) for each in made]
    one, other = (pretrain(each, ready()).folder for each in modules)
    assert one != other


def test_a_default_that_is_written_out_changes_nothing() -> None:
    one = pretrain(module(pretraining=SimCLR(3, 8)), ready())
    other = pretrain(module(pretraining=SimCLR(3, 8, temperature=0.5, strong=Strong(1.0))), ready())
    assert one.folder == other.folder


def test_a_damaged_file_is_noticed() -> None:
    kept = pretrain(module(pretraining=short()), ready()).folder
    content = bytearray((kept / FILE).read_bytes())
    content[-40] ^= 1
    (kept / FILE).write_bytes(content)
    with pytest.raises(RunError, match='to have it made anew'):
        pretrain(module(pretraining=short()), ready())


def test_the_random_numbers_of_the_run_stay_as_they_were() -> None:
    torch.default_generator.manual_seed(5)
    expected = torch.rand(3)
    said: list[str] = []
    for calls in (1, 1):  # the first trains the stage, the second reads it
        model, data = module(pretraining=short()), ready()
        torch.default_generator.manual_seed(5)
        pretrain(model, data, begins=said.append)
        assert len(said) == calls
        assert torch.equal(torch.rand(3), expected)


def test_images_and_losses_have_draws_of_their_own() -> None:
    drawn: dict[str, list[Tensor]] = {'images': [], 'loss': []}

    class Shaken(Augment):
        """Keeps what it draws."""

        def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
            """Return images as they are."""
            drawn['images'].append(torch.rand(1, generator=generator))
            return images

    class Random(Brightness):
        """Keeps what it draws."""

        def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
            """Return the loss as it is."""
            drawn['loss'].append(torch.rand(1))
            return super().loss(backbone, head, images)

    for seed in (0, 1):
        pretrain(module(pretraining=Random(3, 8)), ready(augment=Shaken(), seed=seed))
    assert len(drawn['loss']) == 6
    assert not {*map(float, drawn['loss'])} & {*map(float, drawn['images'])}


def test_frozen_blocks_are_trained_in_the_stage_and_not_after_it() -> None:
    model, plain = module(pretraining=short(), freeze='all'), module(freeze='all')
    fit(model, pair(features='images'), epochs=1)
    assert model.pretrained is not None
    assert weights_hash(model.backbone) == model.pretrained.weights != weights_hash(plain.backbone)
    assert not any(each.requires_grad for each in model.backbone.parameters())


def test_images_are_read_though_a_frozen_backbone_could_read_stored_features() -> None:
    model, data = module(pretraining=short(), freeze='all'), pair()
    fit(model, data, epochs=1)
    assert not data.stored
    with pytest.raises(
        UserError, match='pre-trained first; set `features: images`, or leave `pretraining` out'
    ):
        fit(module(pretraining=short(), freeze='all'), pair(features='bank'), epochs=1)


def test_a_resumed_run_does_not_begin_anew(tmp_path: Path, cache: Path) -> None:
    model = module(pretraining=short())
    trainer = fit(model, epochs=1)
    trainer.save_checkpoint(tmp_path / 'half.ckpt')
    again = module(pretraining=short(), seed=9)
    fit(again, epochs=2, ckpt_path=tmp_path / 'half.ckpt', weights_only=True)
    assert again.pretrained is None
    assert len([path for path in cache.iterdir() if path.is_dir()]) == 1


def test_weights_decay_and_biases_and_norms_do_not() -> None:
    network = ConvNet(8, (4,), (3,), (2,), batch_norm=True)
    weights, others = decayed([*network.parameters()], 0.5)
    assert (weights['weight_decay'], others['weight_decay']) == (0.5, 0.0)
    named = {id(each): name for name, each in network.named_parameters()}
    plain = [named[id(each)] for each in others['params']]
    assert {named[id(each)] for each in weights['params']} == {*named.values()} - {*plain}
    assert sorted(plain) == ['layers.1.bias', 'layers.1.weight']  # of batch norm
    assert all(each.ndim == 1 for each in others['params'])


class Idle(Pretraining):
    """Has no gradient, so that all that moves a weight is its decay."""

    def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
        """Return 0."""
        zero: Tensor = head(backbone(images)).sum() * 0
        return zero


def test_the_stage_lets_only_weights_decay() -> None:
    model, untouched = (module(pretraining=Idle(3, 8, 0.1, 0.5), normed=True) for _ in range(2))
    pretrain(model, ready())
    after = dict(model.backbone.named_parameters())
    for name, before in untouched.backbone.named_parameters():
        assert torch.equal(before, after[name]) is (before.ndim == 1), name


def test_the_learning_rate_falls_along_half_a_cosine() -> None:
    rates = [half_cosine(0.5, step, 4) for step in range(5)]
    assert rates == pytest.approx([0.5, 0.4267767, 0.25, 0.0732233, 0.0], abs=1e-7)


class Diverging(Pretraining):
    """Has a loss that is no number from the third step on."""

    def __init__(self) -> None:
        super().__init__(5, 4)
        self.seen = 0

    def loss(self, backbone: Backbone, head: nn.Module, images: Tensor) -> Tensor:
        self.seen += 1
        mean: Tensor = head(backbone(images)).mean()
        return mean * (float('nan') if self.seen > 2 else 1.0)


def test_a_loss_that_is_no_number_is_named_with_its_step(cache: Path) -> None:
    with pytest.raises(NonFiniteLossError, match=r'the loss of Diverging is nan at step 3 .*; lower `lr`'):
        pretrain(module(pretraining=Diverging()), ready())
    assert not any(path.is_dir() and path.name[0] != '.' for path in cache.iterdir())


def test_features_and_backbones_of_another_kind_are_refused(tmp_path: Path) -> None:
    words = r'Rotation trains on images, and the data are feature vectors of shape \(3,\); leave `pretraining` out'
    with pytest.raises(CheckError, match=words):
        AdaptationModule(2, MLP(), pretraining=Rotation(), image_shape=(3,))
    draw = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        'x': draw.normal(size=(60, 3)),
        'y': np.arange(60) % 2,
        'domain': np.repeat(['a', 'b'], 30),
    }
    np.savez(tmp_path / 'v.npz', **arrays)
    data = pair(*(Arrays(str(tmp_path / 'v.npz'), each) for each in 'ab'))
    backbone = MLP()
    backbone.build((3,))
    with pytest.raises(CheckError, match=words):
        fit(AdaptationModule(2, backbone, validators=[], pretraining=Rotation()), data)
    check_pretraining(None, backbone, (3,))
    with pytest.raises(CheckError, match='Rotation turns square images'):
        AdaptationModule(2, ConvNet(None, (4,), (3,), (2,)), pretraining=Rotation(), image_shape=(3, 8, 6))
