"""First stages, found and not listed, under every kind of method."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness
import pytest
import pytorch_lightning as pl
import torch
import yaml
from toy import Toy
from training import METHODS, fit, make, module, pair, same_weights

from dann.benchmarks.plan.grid import benchmark
from dann.benchmarks.results.opened import Results
from dann.core.pretraining import Pretraining
from dann.core.registry import registered
from dann.datasets.pair import DomainPair
from dann.engine.module import AdaptationModule
from dann.engine.pretraining import pretrain
from dann.methods.pretraining.rotation import Rotation
from dann.networks.backbone import Backbone, weights_hash
from dann.networks.batch_norm import DomainSpecificBatchNorm, keep_domain
from dann.networks.vit import ViT

KINDS: dict[str, Any] = registered(Pretraining, 'dann.methods.pretraining')
SHORT = {'steps': 3, 'batch_size': 8}


def network(kind: str, **options: Any) -> AdaptationModule:
    """A module with a first stage, on a backbone that it can train."""
    stage = KINDS[kind](**SHORT)
    if not stage.backbone:
        return module(pretraining=stage, **options)
    torch.manual_seed(0)
    backbone = ViT(patch=4, width=8, depth=1, heads=2)
    return AdaptationModule(3, backbone, 6, validators=[], pretraining=stage, **options)


class Look(pl.Callback):
    """Keeps the hashes of all backbones as training begins."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.seen = [weights_hash(each) for each in backbones(pl_module)]


def backbones(model: torch.nn.Module) -> list[Backbone]:
    return [each for each in model.modules() if isinstance(each, Backbone)]


def test_all_are_found() -> None:
    assert KINDS.keys() >= {'SimCLR', 'Rotation', 'MaskedAutoencoder'}
    for kind in KINDS.values():
        text = kind.__doc__
        assert text.index('\n    Fails when:\n') < text.index('\n    Reference:\n')
        assert '.. math::' in text


@pytest.mark.parametrize('kind', KINDS)
def test_each_changes_every_weight_that_features_depend_on_and_no_other(kind: str) -> None:
    model, untouched = network(kind), network(kind)
    data = pair()
    data.prepare_data()
    data.setup()
    pretrain(model, data)
    after = model.state_dict()
    for name, before in untouched.state_dict().items():
        same = torch.equal(before, after[name])
        assert same is not name.startswith('network.backbone.'), name


@pytest.mark.parametrize('kind', KINDS)
def test_each_learns_what_it_is_asked(kind: str) -> None:
    data = pair()
    data.prepare_data()
    data.setup()
    stage = KINDS[kind](**{**SHORT, 'steps': 120, 'lr': 0.01})
    model = network(kind)
    model.pretraining = stage
    images = torch.cat([*data.training_chunks('source'), *data.training_chunks('target')])

    def loss_of(backbone: Backbone) -> float:
        """The loss under a head that was trained on these features for as long."""
        torch.default_generator.manual_seed(1)
        head = stage.head(backbone, data.image_shape)
        optimizer = torch.optim.Adam(head.parameters(), 0.01)
        for _ in range(60):
            loss = stage.loss(backbone, head, images)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        torch.default_generator.manual_seed(2)
        return float(stage.loss(backbone, head, images))

    before = loss_of(model.backbone)
    pretrain(model, data)
    assert loss_of(model.backbone) < before


@pytest.mark.parametrize('name', METHODS)
def test_every_copy_of_the_backbone_starts_from_the_weights_of_the_stage(name: str) -> None:
    look = Look()
    model = module(make(name), pretraining=Rotation(**SHORT))
    fit(model, callbacks=[look], epochs=1)
    assert model.pretrained is not None
    split = any(isinstance(each, DomainSpecificBatchNorm) for each in model.modules())
    assert look.seen
    if not split:
        assert set(look.seen) == {model.pretrained.weights}


def test_both_norms_of_a_split_batch_norm_start_from_the_stage() -> None:
    options: dict[str, Any] = {'normed': True, 'pretraining': Rotation(**SHORT)}
    joint, split = module(**options), module(batch_norm='domain_specific', **options)
    data = pair()
    data.prepare_data()
    data.setup()
    one, other = pretrain(joint, data), pretrain(split, data)
    assert one.folder == other.folder
    for domain in ('source', 'target'):
        copy = module(batch_norm='domain_specific', **options).backbone
        copy.load_state_dict(split.backbone.state_dict())
        keep_domain(copy, domain)
        assert weights_hash(copy) == one.weights


def test_rows_of_a_table_share_the_weights_of_a_seed() -> None:
    data = pair()
    data.prepare_data()
    data.setup()
    stage = Rotation(**SHORT)
    kinds = [None, make('DANN'), make('MMD'), make('FDA'), make('MCD')]
    made = [module(kind, pretraining=stage) for kind in kinds]
    assert len({pretrain(each, data).folder for each in made}) == 1
    other = module(seed=1, pretraining=stage)
    assert pretrain(other, data).folder != pretrain(made[0], data).folder


def test_several_sources_are_seen_too() -> None:
    three = DomainPair([Toy('a'), Toy('d')], Toy('b'), batch_size=8, steps_per_epoch=5)
    model, two = module(pretraining=Rotation(**SHORT), num_sources=2), module(pretraining=Rotation(**SHORT))
    fit(model, three, epochs=1)
    fit(two, pair(), epochs=1)
    assert model.pretrained is not None
    assert two.pretrained is not None
    assert model.pretrained.folder != two.pretrained.folder


def test_a_checkpoint_is_restored_with_it_and_does_not_begin_anew(tmp_path: Path) -> None:
    model = module(make('DANN'), pretraining=Rotation(**SHORT))
    fit(model, epochs=1).save_checkpoint(tmp_path / 'model.ckpt')
    found = AdaptationModule.load_from_checkpoint(tmp_path / 'model.ckpt')
    assert isinstance(found.pretraining, Rotation)
    assert same_weights(found, model)
    fit(found, epochs=1)
    assert found.pretrained is None


@pytest.mark.slow
def test_a_stage_in_a_file_of_ones_own_is_a_row_and_an_option(tmp_path: Path) -> None:
    cache = str(tmp_path / 'cache')
    short = {'steps': 3, 'batch_size': 8}
    rows = {
        'source_only': {},
        'own': {'pretraining': {'class_path': 'own_pretraining.Brightness', 'init_args': short}},
        'dann+own': {
            'alignment': 'DANN',
            'pretraining': {'class_path': 'own_pretraining.Brightness', 'init_args': short},
        },
    }
    path = harness.write(tmp_path, methods=rows, seeds=1)
    ran = harness.dann('benchmark', path, '--out', str(tmp_path / 'run'), '--workers', '2', DANN_CACHE=cache)
    assert ran.returncode == 0, ran.stderr
    last = {each[-1]['method']: each[-1] for each in Results.open(tmp_path / 'run').jobs.values()}
    assert last['own']['pretrained'] == last['dann+own']['pretrained']
    assert (last['own']['family'], last['dann+own']['family']) == ('pretraining', 'combined')
    assert ran.stderr.count('pre-training by Brightness, 3 steps') == 1
    kept = [each for each in (tmp_path / 'cache' / 'pretrained').iterdir() if each.is_dir()]
    assert len(kept) == 1


def test_it_is_an_option_of_a_single_run(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    shared = benchmark('toy', harness.configuration()).shared(0)
    config = tmp_path / 'run.yaml'
    config.write_text(yaml.safe_dump(shared))
    asked = ['fit', '--config', str(config), '--trainer.max_epochs', '1', '--trainer.logger', 'false']
    quiet = ['--trainer.enable_progress_bar', 'false', '--trainer.enable_checkpointing', 'false']
    stage = ['--model.pretraining', 'SimCLR', '--model.pretraining.steps', '2']
    harness.assert_refused(
        run(*asked, *quiet, *stage), 'training images of both domains, got 128; lower that of `pretraining`'
    )
    assert run(*asked, *quiet, *stage, '--model.pretraining.batch_size', '8')[0] == 0
    harness.assert_refused(
        run(*asked, *quiet, '--model.pretraining', 'MaskedAutoencoder'),
        'ConvNet takes whole images; set `backbone: ViT`',
    )
    harness.assert_refused(run(*asked, *quiet, '--model.pretraining', 'SimCRL'), "did you mean 'SimCLR'?")
