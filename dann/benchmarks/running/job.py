"""One job: trains, evaluates, records, and writes the files that the report needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytorch_lightning as pl
import torch
import yaml
from pytorch_lightning.trainer.states import TrainerFn

from dann.benchmarks.plan.grid import Job
from dann.benchmarks.results import records
from dann.benchmarks.results.selection import LAST
from dann.benchmarks.running.chosen_weights import keep_if_chosen, leave
from dann.benchmarks.running.kept_mistakes import keep_mistakes
from dann.benchmarks.running.kept_views import keep
from dann.benchmarks.running.tracking import conclude, tracked
from dann.core.errors import CheckError, RunError
from dann.core.style import Style
from dann.engine.evaluation import Evaluator
from dann.engine.experiment import ExperimentCLI
from dann.engine.loggers import loggers
from dann.engine.meter import NonFiniteLossError
from dann.engine.module import AdaptationModule
from dann.engine.saved import BACKBONE
from dann.networks.backbone import parameters_hash, weights_hash
from dann.networks.batch_norm import trains_batch_norm
from dann.reporting.files import write_whole

Report = Callable[[int], None]
UNKNOWN = -1  # the label of a sample without one
QUIET = {'enable_progress_bar': False, 'enable_model_summary': False, 'enable_checkpointing': False}


def run_job(
    job: Job,
    folder: Path,
    identity: dict[str, Any],
    *,
    names: Sequence[str],
    report: Report,
    keep_views: bool = False,
    rule: str = LAST,
) -> None:
    """Train one job to its end, from its checkpoint where it has one.

    Writes ``config.yaml``, ``records.jsonl``, ``views/``, ``metrics.csv``, ``weights.pt``, ``chosen.pt`` where the rule
    does not choose the last evaluation, ``features.npz``, ``confusion.npy`` and ``mistakes.npz`` where the
    target has labels and, for styles, ``samples.npz``; then ``done``, or ``broken`` where training again would fail in
    the same way.

    Args:
        job: What to run.
        folder: Where.
        identity: Fields that every record carries.
        names: Loggers, in addition to CSV.
        report: Called with the number of steps taken.
        keep_views: Keep both validation splits as the network saw them at each evaluation.
        rule: Chooses the evaluation whose weights are kept beside the last one's.

    Raises:
        RunError: A loss became NaN, the disk is full, or the checkpoint is of another configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'config.yaml').write_text(yaml.safe_dump(job.config, sort_keys=False))
    cli = ExperimentCLI(
        job.config | {'trainer': job.config['trainer'] | QUIET | {'logger': False}}, run=False
    )
    trainer: Any = cli.trainer
    evaluator = next(callback for callback in trainer.callbacks if isinstance(callback, Evaluator))
    recorder = Recorder(folder, job, _identified(identity, cli), evaluator, keep_views=keep_views, rule=rule)
    trainer.callbacks += [recorder, Reporter(report)]
    _keep_log(folder)
    trainer.loggers = loggers([name for name in names if name != 'wandb'], folder, job.name)
    with tracked(names, job, folder, recorder.identity, cli) as runs:
        trainer.loggers = [*trainer.loggers, *runs]
        _train(cli, recorder)
        _leave_artifacts(folder, cli.model, cli.datamodule, evaluator)
        history = records.read(recorder.records)
        leave(folder, rule, history, cli.model)
        (folder / 'done').touch()
        recorder.checkpoint.unlink(missing_ok=True)
        for run in runs:
            conclude(run, history, rule, cli)


def _train(cli: ExperimentCLI, recorder: Recorder) -> None:
    trainer: Any = cli.trainer
    checkpoint = recorder.checkpoint if recorder.checkpoint.exists() else None
    if checkpoint is None:
        recorder.records.unlink(missing_ok=True)
    cli.model.strict_loading = False  # the recorder checks what a checkpoint leaves out
    with _breaking(recorder.folder):
        trainer.fit(cli.model, cli.datamodule, ckpt_path=checkpoint, weights_only=True)
        if not cli.model.splits:
            # killed after the last step: nothing was left to train, so nothing was evaluated
            trainer.validate(cli.model, cli.datamodule, verbose=False)


@contextmanager
def _breaking(folder: Path) -> Iterator[None]:
    """Write the reason into ``broken`` for an error that another attempt would repeat."""
    (folder / 'broken').unlink(missing_ok=True)
    try:
        yield
    except (NonFiniteLossError, torch.linalg.LinAlgError, CheckError) as error:  # type: ignore[attr-defined]
        write_whole(folder / 'broken', ' '.join(str(error).split()) + '\n')
        raise


def _keep_log(folder: Path) -> None:
    """Rename the log of an interrupted attempt, which the CSV logger would overwrite."""
    log = folder / 'metrics.csv'
    if log.exists():
        earlier = len(list(folder.glob('metrics.*.csv')))
        log.rename(folder / f'metrics.{earlier}.csv')


def _identified(identity: dict[str, Any], cli: ExperimentCLI) -> dict[str, Any]:
    network = cli.model.network
    started = {'initial_weights': parameters_hash(network.backbone)}
    policy = {'batch_norm': network.batch_norm} if trains_batch_norm(network) else {}
    return (
        identity
        | policy
        | {
            'metric': cli.datamodule.target.metric,
            'initial_weights': weights_hash(network),
            'initial_backbone': weights_hash(network.backbone),
            'trained_parameters': sum(each.numel() for each in cli.model.trained()),
            'fingerprint': identity.get('fingerprint', {}) | started,
        }
    )


class Reporter(pl.Callback):
    """Tells how many steps have been taken, a few times a second at most."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.last = 0.0

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Report, unless it was done just now."""
        if time.monotonic() - self.last > 0.2:
            self.last = time.monotonic()
            self.report(trainer.fit_loop.epoch_loop.total_batch_idx + 1)


class Recorder(pl.Callback):
    """Writes one record an evaluation, then the checkpoint that a killed run continues from."""

    def __init__(
        self,
        folder: Path,
        job: Job,
        identity: dict[str, Any],
        evaluator: Evaluator,
        *,
        keep_views: bool,
        rule: str,
    ) -> None:
        self.folder, self.keep_views, self.rule = folder, keep_views, rule
        self.records, self.checkpoint = folder / 'records.jsonl', folder / 'last.ckpt'
        self.job, self.identity, self.evaluator = job, identity, evaluator
        self.started = time.monotonic()

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Keep the views of both validation splits, then append a record."""
        if trainer.state.fn != TrainerFn.FITTING:
            return
        assert isinstance(pl_module, AdaptationModule)
        step = trainer.fit_loop.epoch_loop.total_batch_idx + 1
        keep(self.folder, step, pl_module.splits, whole=self.keep_views, tested=self.evaluator.blind)
        scores = pl_module.meter.means | pl_module.scores | self.evaluator.scores
        record = self.identity | {
            'step': step,
            'scores': scores,
            'seconds': round(time.monotonic() - self.started, 3),
        }
        if pl_module.pair.stored:
            record['extraction'] = round(pl_module.pair.extracted, 3)
        records.append(self.records, cast(records.Record, record))
        keep_if_chosen(self.folder, self.rule, records.read(self.records), pl_module)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save a checkpoint, whole or not at all."""
        draft = self.checkpoint.with_suffix('.draft')
        try:
            trainer.save_checkpoint(draft)
            draft.replace(self.checkpoint)
        except OSError as error:
            draft.unlink(missing_ok=True)
            msg = (
                f'cannot write {self.checkpoint} ({error.strerror}); free the disk and run again to continue'
            )
            raise RunError(msg) from error

    def on_save_checkpoint(
        self, trainer: pl.Trainer, module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add the job's name, the step and the seconds so far."""
        assert isinstance(module, AdaptationModule)
        checkpoint['dann'] = {
            'job': self.job.name,
            'step': trainer.fit_loop.epoch_loop.total_batch_idx + 1,
            'seconds': time.monotonic() - self.started,
        }
        weights, started = checkpoint['state_dict'], self.identity['initial_backbone']
        if weights_hash(module.backbone) == started:  # the job begins with it again
            checkpoint['dann']['without'] = started
            checkpoint['state_dict'] = {name: weights[name] for name in _but_backbone(weights)}

    def on_load_checkpoint(
        self, trainer: pl.Trainer, module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Refuse the checkpoint of another job; drop the records that were written after this one."""
        about = checkpoint.get('dann', {})
        started = self.identity['initial_backbone']
        if about.get('job') != self.job.name or about.get('without', started) != started:
            msg = (
                f'{self.checkpoint} belongs to {about.get("job", "another program")}, not to this configuration; '
                f'delete {self.checkpoint.parent} to start that job again'
            )
            raise RunError(msg)
        ours = module.state_dict()
        if set(checkpoint['state_dict']) != set(_but_backbone(ours) if 'without' in about else ours):
            raise RunError(
                f'{self.checkpoint} holds other weights than this network has, as of another version of dann; '
                f'delete {self.checkpoint.parent} to start that job again'
            )
        records.truncate(self.records, about['step'])
        self.started = time.monotonic() - about.get('seconds', 0.0)


def _but_backbone(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith(BACKBONE)]


def _leave_artifacts(folder: Path, module: AdaptationModule, pair: Any, evaluator: Evaluator) -> None:
    most = 400
    source, target = module.splits['source_val'], module.splits['target_test']
    assert source.labels is not None
    np.savez_compressed(
        folder / 'features.npz',
        source=source.features[:most].numpy(),
        target=target.features[:most].numpy(),
        source_labels=source.labels[:most].numpy(),
        target_labels=_known_labels(evaluator, len(target))[:most].numpy(),
        classes=np.array(pair.source.classes),
    )
    if not evaluator.blind:
        np.save(folder / 'confusion.npy', evaluator.confusion(target))
        keep_mistakes(folder, target, evaluator.labels['test'], pair.images['target', 'test'], pair.augment)
    if module.style is not None and module.style.on_images:
        _leave_samples(folder, module.style, pair)


def _known_labels(evaluator: Evaluator, count: int) -> torch.Tensor:
    """Return the labels of the target's test split; ``UNKNOWN`` for each sample of one that has none."""
    return torch.full((count,), UNKNOWN) if evaluator.blind else evaluator.labels['test']


def _leave_samples(folder: Path, style: Style, pair: Any) -> None:
    torch.manual_seed(0)
    source, target = pair.examples(8)
    sheet = {'source': source, 'target': target, 'stylised': style(source, target, 1.0)}
    np.savez_compressed(
        folder / 'samples.npz',
        **{key: (value * 255).round().byte().numpy() for key, value in sheet.items()},
    )
