"""The module that every method trains through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from harness import configuration
from own_features import drawn, write_npz
from pytorch_lightning.callbacks import BackboneFinetuning
from torch import Tensor
from toy import Toy
from training import METHODS, fit, make, module, moved, outputs, pair, same_network, same_weights, weights

from dann.core.errors import CheckError, UserError
from dann.core.schedules import Constant, InverseDecay, Linear, Sigmoid
from dann.core.views import View
from dann.datasets import Arrays, DomainPair
from dann.engine.bank import obstacle
from dann.engine.experiment import ExperimentCLI
from dann.engine.module import AdaptationModule
from dann.methods.alignment import Alignment, Losses
from dann.methods.alignment.coral import CORAL
from dann.methods.alignment.dann import DANN
from dann.methods.style.moments import Reinhard
from dann.methods.training.fixmatch import FixMatch
from dann.methods.training.mean_teacher import MeanTeacher
from dann.networks import MLP, ConvNet
from dann.validators.infomax import InfoMax


class Trace(pl.Callback):
    """Keeps progress, learning rates and loss of every step."""

    def __init__(self) -> None:
        self.progress: list[float] = []
        self.rates: list[list[float]] = []
        self.losses: list[float] = []

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        assert isinstance(pl_module.progress, float)
        self.progress.append(pl_module.progress)
        self.rates.append([group['lr'] for group in trainer.optimizers[0].param_groups])

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, *_: Any
    ) -> None:
        self.losses.append(float(outputs['loss'].detach()))


class Save(pl.Callback):
    """Saves the second epoch's checkpoint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.current_epoch == 1:
            trainer.save_checkpoint(self.path)


@pytest.mark.parametrize('batch_norm', ['joint', 'separate', 'domain_specific'])
@pytest.mark.parametrize('normed', [False, True])
def test_source_only_does_not_depend_on_the_target(batch_norm: str, normed: bool) -> None:
    here, elsewhere = (module(batch_norm=batch_norm, normed=normed) for _ in range(2))
    fit(here, pair(target=Toy('b')))
    fit(elsewhere, pair(target=Toy('c', seed=9)))
    assert same_weights(here, elsewhere)


def test_batch_norm_policies_train_different_networks_and_agree_without_batch_norm() -> None:
    trained: dict[tuple[str, bool], Any] = {}
    for batch_norm in ('joint', 'separate', 'domain_specific'):
        for normed in (False, True):
            model = module(make('CORAL'), batch_norm=batch_norm, normed=normed)
            fit(model)
            weight = next(model.network.parameters()).detach()
            trained[batch_norm, normed] = weight
    torch.testing.assert_close(trained['joint', False], trained['separate', False])
    torch.testing.assert_close(trained['joint', False], trained['domain_specific', False])
    for one, other in (('joint', 'separate'), ('joint', 'domain_specific')):
        assert not torch.allclose(trained[one, True], trained[other, True], atol=1e-6)


def test_progress_runs_over_the_whole_plan_and_the_rates_follow_it() -> None:
    trace = Trace()
    fit(module(backbone_lr_scale=0.1), epochs=3, callbacks=[trace])
    assert trace.progress == pytest.approx([step / 15 for step in range(15)])
    for progress, (backbone, rest) in zip(trace.progress, trace.rates, strict=True):
        assert rest == pytest.approx(0.01 * (1 + 10 * progress) ** -0.75)
        assert backbone == pytest.approx(0.1 * rest)


def test_what_is_optimised_is_what_is_recorded() -> None:
    trace, model = Trace(), module(make('DANN'))
    fit(model, epochs=1, callbacks=[trace])
    assert model.meter.means.keys() == {'loss/source', 'loss/domain'}
    assert sum(model.meter.means.values()) == pytest.approx(sum(trace.losses) / 5, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize('name', METHODS)
def test_a_run_continued_from_a_checkpoint_ends_with_the_same_weights(name: str, tmp_path: Path) -> None:
    whole, continued = module(make(name)), module(make(name), seed=5)
    fit(whole, epochs=4, callbacks=[Save(tmp_path / 'half.ckpt')])
    fit(continued, epochs=4, ckpt_path=tmp_path / 'half.ckpt', weights_only=True)
    assert same_weights(whole, continued)


@pytest.mark.parametrize('name', METHODS)
def test_the_network_starts_from_the_seed_alone(name: str) -> None:
    left, other = module(make(name)), module(make(name), seed=1)
    normed = getattr(left, 'needs_batch_norm', False)
    own_norm = getattr(left.alignment, 'bottleneck_norm', 'none')
    plain = module(normed=normed, batch_norm=left.network.batch_norm, bottleneck_norm=own_norm)
    if name == 'MCD':  # has classifiers of its own
        for each in (left, other, plain):
            each.network.head = torch.nn.Sequential(torch.nn.Identity())
        plain.network.second = left.network.second
    # what a method adds to the network, as SHOT's lengths of the classifier's weights, its own test compares
    assert same_network(plain, left)
    assert not same_network(plain, other)


class Drawing(Alignment):
    """Draws random numbers when it is made, as a projection or a memory bank would."""

    def __init__(self) -> None:
        super().__init__()
        self.noise = torch.randn(100)

    def forward(self, source: View, target: View, strength: float) -> Losses:
        return {'source': source.features.sum() * 0}


def test_a_method_that_draws_numbers_does_not_change_the_networks_start() -> None:
    torch.manual_seed(0)
    backbone = ConvNet(8, (8,), (3,), (2,))
    drawing = AdaptationModule(3, backbone, bottleneck=6, alignment=Drawing())
    assert same_network(drawing, module())


def test_a_term_named_as_the_tasks_own_is_refused() -> None:
    with pytest.raises(ValueError, match="different names, got \\['source'\\] twice"):
        fit(module(Drawing()))


def test_the_critics_accuracy_on_held_out_data_is_reported() -> None:
    model = module(make('DANN'))
    fit(model)
    assert 0 <= model.scores['diagnostic/critic_accuracy'] <= 1


def test_predictions_are_probabilities_and_equal_at_every_call() -> None:
    model = module(make('DANN'), normed=True, batch_norm='domain_specific')
    trainer = fit(model)
    one, two = (torch.cat(trainer.predict(model, pair())) for _ in range(2))  # type: ignore[arg-type]
    assert one.shape == (12, 3)
    torch.testing.assert_close(one.sum(dim=1), torch.ones(12))
    assert torch.equal(one, two)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'num_classes': 1}, '`num_classes` of at least 2, got 1'),
        ({'batch_norm': 'both'}, "got 'both'"),
        ({'backbone_lr_scale': -0.1}, '`backbone_lr_scale` of at least 0'),
    ],
)
def test_bad_arguments(options: dict[str, Any], message: str) -> None:
    defaults: dict[str, Any] = {'num_classes': 3, 'backbone': ConvNet(8, (8,), (3,), (2,))}
    with pytest.raises(ValueError, match=message):
        AdaptationModule(**defaults | options)


def test_a_run_without_a_planned_end_is_refused() -> None:
    trainer = pl.Trainer(
        max_steps=3, max_epochs=-1, logger=False, enable_checkpointing=False, accelerator='cpu'
    )
    with pytest.raises(UserError, match=r'pass --trainer\.max_epochs'):
        trainer.fit(module(), pair())


def test_the_command_lines_defaults_are_pythons() -> None:
    config = configuration()
    model = config['model'] | {'init_args': config['model']['init_args'] | {'alignment': 'DANN'}}
    data = config['data']
    cli = ExperimentCLI({'model': model, 'data': data, 'trainer': {'logger': False}}, run=False)
    alignment = cli.model.alignment
    assert isinstance(alignment, DANN)
    assert isinstance(alignment.schedule, Sigmoid)
    assert alignment.schedule.gamma == 10.0
    assert alignment.hidden == DANN().hidden
    assert isinstance(cli.model.lr_schedule, InverseDecay)
    optimizer = cli.model.optimizer([torch.nn.Parameter(torch.zeros(1))])
    assert isinstance(optimizer, torch.optim.SGD)
    assert optimizer.defaults['momentum'] == 0.9
    assert [validator.name for validator in cli.model.validators] == [
        validator.name for validator in module(validators=None).validators
    ]


def test_an_alignments_weight_and_schedule_multiply() -> None:
    seen: list[float] = []

    class Watching(Alignment):
        def forward(self, source: View, target: View, strength: float) -> Losses:
            seen.append(strength)
            nothing: Tensor = source.features.sum() * 0
            return {'nothing': nothing}

    fit(module(Watching(weight=2.0, schedule=Linear(0, 1))), epochs=2)
    assert seen == pytest.approx([2 * step / 10 for step in range(10)])
    seen.clear()
    fit(module(Watching(schedule=Constant(0.5))), epochs=1)
    assert seen == [0.5] * 5


def test_outputs_that_are_not_finite_are_named_with_the_step() -> None:
    class Explodes(Alignment):
        def forward(self, source: View, target: View, strength: float) -> Losses:
            return {'huge': source.features.sum() * 1e30}

    from dann.engine.meter import NonFiniteLossError

    with pytest.raises(NonFiniteLossError, match=r'step \d+; lower the learning rate'):
        fit(module(Explodes(), lr_schedule=Constant(1e10)), pair(steps_per_epoch=1), epochs=1)


def test_an_experiment_of_a_benchmark_is_no_row_of_it(tmp_path: Path) -> None:
    import yaml

    from dann.commands.fit import experiment_arguments

    methods = {'target_supervised': {'reference': True}, 'source_only': {}}
    path = tmp_path / 'toy.yaml'
    path.write_text(yaml.safe_dump(configuration(methods=methods), sort_keys=False))
    text = experiment_arguments(['fit', '--config', str(path)])[2]
    data = yaml.safe_load(text)['data']
    assert 'reference' not in data
    assert data['source']['init_args'] == {'domain': 'a'}


def test_losses_in_sixteen_bits_are_refused() -> None:
    with pytest.raises(UserError, match=r'pass --trainer\.precision bf16-mixed'):
        fit(module(), trainer={'precision': 'bf16-true'})


def test_a_limit_on_batches_is_refused_where_stages_would_miss_their_steps() -> None:
    with pytest.raises(UserError, match=r'set --data\.steps_per_epoch'):
        fit(module(), trainer={'limit_train_batches': 2})


def on_features(kind: Any = AdaptationModule, **options: Any) -> AdaptationModule:
    torch.manual_seed(0)
    options = {'image_shape': (5,), 'backbone': MLP((8,)), 'validators': [InfoMax()]} | options
    made: AdaptationModule = kind(num_classes=3, bottleneck=6, **options)
    return made


def features(folder: Path, **changes: Any) -> DomainPair:
    folder.mkdir(exist_ok=True)
    path = str(write_npz(folder, drawn(**changes)))
    return DomainPair(Arrays(path, 'a'), Arrays(path, 'b'), batch_size=8, steps_per_epoch=5)


def test_features_are_standardised_by_the_source_alone(tmp_path: Path) -> None:
    here, elsewhere = on_features(), on_features()
    fit(here, features(tmp_path))
    x = drawn()['x']
    x[40:] = 500 * x[40:] + 3
    fit(elsewhere, moved := features(tmp_path / 'moved', x=x))
    assert same_weights(here, elsewhere)
    source = moved.source.images('train')[:].double()
    backbone: Any = here.network.backbone
    assert torch.allclose(backbone.mean.double(), source.mean(dim=0), rtol=1e-5)
    assert torch.allclose(backbone.std.double(), source.std(dim=0, correction=0), rtol=1e-5)
    with torch.no_grad():
        standard = (moved.images['target', 'test'] - backbone.mean) / backbone.std
        assert torch.equal(backbone(moved.images['target', 'test']), backbone.layers(standard))


def test_standardisation_is_the_same_after_resuming_and_in_a_network_that_is_loaded(tmp_path: Path) -> None:
    whole, path = on_features(alignment=DANN()), tmp_path / 'middle.ckpt'
    fit(whole, data := features(tmp_path), epochs=3, callbacks=[Save(path)])
    again = on_features(alignment=DANN())
    fit(again, features(tmp_path), epochs=3, ckpt_path=path, weights_only=True)
    assert same_weights(whole, again)
    # other source statistics at the time of prediction change nothing
    loaded = on_features(alignment=DANN())
    loaded.load_state_dict(whole.state_dict())
    other = features(tmp_path / 'other', x=drawn()['x'] * 3)
    other.prepare_data()
    other.setup()
    fit(loaded, other, epochs=1)
    assert torch.equal(loaded.network.backbone.mean, whole.network.backbone.mean)
    with torch.no_grad():
        images = data.images['target', 'test']
        assert torch.equal(whole.eval()(images), again.eval()(images))


def test_averages_of_a_network_are_standardised_too(tmp_path: Path) -> None:
    class Averaged(MeanTeacher):
        images_only = False

    model: Any = on_features(Averaged)
    student, teacher = model.network.backbone, model.teacher.network.backbone
    for part in model.modules():
        if isinstance(part, MLP):
            part.learn(iter([torch.arange(10.0).reshape(2, 5)]))
    assert torch.equal(student.mean, teacher.mean)
    model.teacher.update(model.network)
    assert torch.equal(student.std, teacher.std)
    assert teacher.learned == 2


@pytest.mark.parametrize(
    ('kind', 'options', 'words'),
    [
        (
            AdaptationModule,
            {'style': Reinhard()},
            r'Reinhard changes images, and the data are feature vectors of shape \(5,\); take a method of features',
        ),
        (FixMatch, {}, 'FixMatch changes images, and the data are feature vectors'),
        (
            AdaptationModule,
            {'backbone': ConvNet()},
            r'ConvNet takes images, and the data are feature vectors of shape \(5,\); set `backbone` to MLP',
        ),
        (
            AdaptationModule,
            {'image_shape': (2, 9)},
            r'MLP takes feature vectors, and the data are series of shape \(2, 9\); set `backbone` to ConvNet1d',
        ),
        (AdaptationModule, {'image_shape': (3, 8, 8)}, 'set `backbone` to ConvNet'),
    ],
)
def test_what_has_no_use_for_features_is_refused(kind: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        on_features(kind, **options)


def test_a_frozen_backbone_of_features_is_standardised_and_reads_no_bank(tmp_path: Path) -> None:
    frozen = on_features(freeze='all')
    assert 'MLP takes features and series as they are; set `features: images`' in obstacle(frozen)
    fit(frozen, data := features(tmp_path))
    assert not data.stored
    assert frozen.state_dict()['network.backbone.learned'] == 28


def deep(seed: int = 0, **options: Any) -> AdaptationModule:
    """Three blocks with batch norm, one method on them."""
    torch.manual_seed(seed)
    backbone = ConvNet(8, (4, 5, 6), (3, 3, 3), (2, 2, 2), batch_norm=True)
    return AdaptationModule(3, backbone, bottleneck=6, validators=[InfoMax()], alignment=CORAL(), **options)


class Weights(pl.Callback):
    """Keeps the backbone's convolutions, and the rates, at the start of every epoch."""

    def __init__(self) -> None:
        self.seen: list[list[Tensor]] = []
        self.rates: list[list[float]] = []

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, AdaptationModule)
        convolutions = [part for part in pl_module.backbone.modules() if isinstance(part, torch.nn.Conv2d)]
        self.seen.append(weights(*convolutions))
        self.rates.append([group['lr'] for group in trainer.optimizers[0].param_groups])


def unfreezing() -> BackboneFinetuning:
    return BackboneFinetuning(
        unfreeze_backbone_at_epoch=1, lambda_func=lambda epoch: 1.5, should_align=False, train_bn=True
    )


def test_lightnings_finetuning_callback_unfreezes_the_backbone() -> None:
    seen = Weights()
    fit(deep(), epochs=4, callbacks=[unfreezing(), seen])
    starts = seen.seen
    assert not moved(starts[0], starts[1])
    assert all(moved([before], [after]) for before, after in zip(starts[1], starts[2], strict=True))
    assert [len(rates) for rates in seen.rates] == [1, 2, 2, 2]
    for epoch, rates in enumerate(seen.rates):
        assert rates[0] == pytest.approx(0.01 * (1 + 10 * epoch / 4) ** -0.75)  # as without the callback
    first = 0.1 * seen.rates[1][0]  # the callback's own rate, which the schedule leaves alone
    assert [rates[1] for rates in seen.rates[1:]] == pytest.approx([first, 1.5 * first, 2.25 * first])


def test_a_run_with_the_finetuning_callback_resumes_exactly(tmp_path: Path) -> None:
    whole, continued = deep(), deep(seed=5)
    fit(whole, epochs=4, callbacks=[unfreezing(), Save(tmp_path / 'half.ckpt')])
    fit(
        continued,
        epochs=4,
        callbacks=[unfreezing()],
        ckpt_path=tmp_path / 'half.ckpt',
        weights_only=True,
    )
    assert same_weights(whole, continued)


def test_the_finetuning_callback_and_frozen_blocks_exclude_each_other() -> None:
    with pytest.raises(UserError, match=r'callback of Lightning cannot unfreeze .*; set `freeze: none`'):
        fit(deep(freeze=1), callbacks=[unfreezing()])


@pytest.mark.parametrize(('freeze', 'by'), [('all', 1.0), (2, 0.7), ('all', 0.4)])
def test_gradual_unfreezing_resumes_exactly(freeze: Any, by: float, tmp_path: Path) -> None:
    options = {
        'freeze': freeze,
        'unfrozen_by': by,
        'layer_decay': 0.5,
        'optimizer': lambda groups: torch.optim.Adam(groups, lr=0.01),
    }
    whole, continued = deep(**options), deep(seed=5, **options)
    start = weights(whole.backbone)
    fit(whole, epochs=4, callbacks=[Save(tmp_path / 'half.ckpt')])
    fit(continued, epochs=4, ckpt_path=tmp_path / 'half.ckpt', weights_only=True)
    assert same_weights(whole, continued)
    assert moved(start[-3:], weights(whole.backbone)[-3:])  # of the last block


def test_layers_have_rates_that_decay_from_the_last_block_at_the_start_and_on_the_way() -> None:
    trace, model = Trace(), deep(backbone_lr_scale=0.1, layer_decay=0.5)
    trainer = fit(model, epochs=3, callbacks=[trace])
    scales = {
        id(parameter): 0.1 * 0.5 ** (2 - place)
        for place, block in enumerate(model.backbone.blocks())
        for parameter in block.parameters()
    }
    groups = trainer.optimizers[0].param_groups
    expected = [{scales.get(id(each), 1.0) for each in group['params']} for group in groups]
    assert sorted(min(each) for each in expected) == pytest.approx([0.025, 0.05, 0.1, 1.0])
    assert all(len(each) == 1 for each in expected)
    for step, rates in enumerate(trace.rates):
        annealed = 0.01 * (1 + 10 * step / 15) ** -0.75
        assert rates == pytest.approx([annealed * min(each) for each in expected])


def test_what_is_trained_is_counted_with_what_is_unfrozen_later() -> None:
    def count(**options: Any) -> int:
        return sum(each.numel() for each in deep(**options).trained())

    head = 6 * 6 + 6 + 3 * 6 + 3
    everything = count()
    assert count(freeze='all') == head
    assert (
        count(freeze='all', unfrozen_by=0.5)
        == everything
        == sum(each.numel() for each in deep().parameters())
    )
    last = 6 * 5 * 9 + 2 * 6
    assert count(freeze=2) == head + last


class Trained(pl.Callback):
    """Keeps the weights of the network that is trained after every step."""

    def __init__(self) -> None:
        self.found: list[dict[str, torch.Tensor]] = []

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        assert isinstance(pl_module, AdaptationModule)
        self.found.append({name: value.clone() for name, value in pl_module.current.state_dict().items()})


@pytest.mark.parametrize('method', ['DANN', 'MCD', 'ADDA', 'SDAT', 'SHOT'])
def test_the_average_of_the_weights_is_that_of_every_step_and_is_evaluated(method: str) -> None:
    seen, model = Trained(), module(make(method), average=0.8)
    expected = {name: value.clone() for name, value in model.current.state_dict().items()}
    fit(model, callbacks=[seen])
    assert len(seen.found) == 10
    for count, now in enumerate(seen.found, start=1):
        keep = min(0.8, count / (count + 1))
        expected = {name: keep * expected[name] + (1 - keep) * now[name].to(expected[name]) for name in now}
    found = model.evaluated.state_dict()
    assert model.evaluated is not model.current
    for name, value in expected.items():
        if found[name].is_floating_point():
            torch.testing.assert_close(found[name], value, msg=name)


def test_training_does_not_depend_on_the_average() -> None:
    plain, averaged = module(make('DANN')), module(make('DANN'), average=0.9)
    for each in (plain, averaged):
        fit(each)
    assert same_network(plain, averaged)
    assert not torch.equal(outputs(plain), outputs(averaged))


def test_an_average_continues_where_a_run_was_interrupted(tmp_path: Path) -> None:
    whole, half, rest = (module(make('DANN'), average=0.9) for _ in range(3))
    fit(whole, epochs=4)
    fit(half, epochs=4, callbacks=[Save(tmp_path / 'last.ckpt')])
    fit(rest, epochs=4, ckpt_path=tmp_path / 'last.ckpt', weights_only=True)
    assert same_weights(whole, rest)


def test_the_average_of_a_frozen_backbone_is_the_backbone() -> None:
    model = module(make('MMD'), average=0.9, freeze='all')
    fit(model)
    assert model.evaluated.backbone is model.backbone
    assert model.evaluated.bottleneck is not model.network.bottleneck


def test_a_method_that_averages_itself_takes_no_other_average() -> None:
    with pytest.raises(ValueError, match='VADA averages its weights itself; leave `average` at 0'):
        module(make('VADA'), average=0.9)
    with pytest.raises(ValueError, match=r'expected `average` in \[0, 1\), got 1'):
        module(average=1.0)


def test_images_in_bytes_are_refused_with_what_to_do() -> None:
    images = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    with pytest.raises(CheckError, match=r'got torch.uint8; divide bytes by 255: module\(images / 255\)'):
        module()(images)
    assert module().eval()(images / 255).shape == (2, 3)


@pytest.mark.parametrize('stage', ['fit', 'validate'])
def test_data_loaders_are_refused_for_a_pair(stage: str) -> None:
    trainer = pl.Trainer(logger=False, enable_checkpointing=False, accelerator='cpu', max_epochs=1)
    images: Any = [torch.zeros(3, 8, 8)]
    loader: Any = torch.utils.data.DataLoader(images)
    with pytest.raises(
        UserError, match=r'expected a DomainPair, got data loaders; pass datamodule=dann.DomainPair'
    ):
        getattr(trainer, stage)(module(), loader)


def test_an_optimiser_that_refuses_its_options_is_one_line() -> None:
    model = module(optimizer=lambda params: torch.optim.SGD(params, lr=-1.0))
    with pytest.raises(
        UserError, match=r'takes no such options \(Invalid learning rate: -1.0\); see --model'
    ):
        fit(model, pair(), epochs=1)
    model = module(optimizer=lambda params: torch.optim.SGD(params, lr=1.0), backbone_lr_scale=1e99)
    with pytest.raises(UserError, match=r'no learning rate of 1e\+99 trains; lower --model.optimizer.lr'):
        fit(model, pair(), epochs=1)
