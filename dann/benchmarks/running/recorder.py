"""What watches a job: records each evaluation, keeps a checkpoint to continue from, and reports the steps taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytorch_lightning as pl
from pytorch_lightning.trainer.states import TrainerFn

from dann.benchmarks.plan.grid import Job
from dann.benchmarks.results import records
from dann.benchmarks.running.chosen_weights import keep_if_chosen
from dann.benchmarks.running.kept_groups import keep_groups
from dann.benchmarks.running.kept_views import keep
from dann.core.errors import RunError
from dann.core.sealed import CHECKPOINT
from dann.core.torch_files import DamagedFileError, load
from dann.engine.evaluation import Evaluator
from dann.engine.module import AdaptationModule
from dann.engine.saved import BACKBONE
from dann.networks.backbone import weights_hash
from dann.reporting.files import put_in_place

Report = Callable[[int], None]


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
        self.records, self.checkpoint = folder / 'records.jsonl', folder / CHECKPOINT
        self.job, self.identity, self.evaluator = job, identity, evaluator
        self.started = time.monotonic()

    def damage(self) -> str | None:
        """Return why the job cannot go on from its checkpoint: it cannot be read, or the records are not its own."""
        if not self.checkpoint.exists():
            return None
        try:
            about = load(self.checkpoint, map_location='meta').get('dann') or {}
        except (OSError, DamagedFileError, AttributeError) as error:
            return f'{self.checkpoint} cannot be read ({error})'
        if about.get('job') != self.job.name:
            return None  # which loading it refuses by name
        if 'records' in about and records.digest(self.records, about['step']) != about['records']:
            return f'{self.records} is not as it was at step {about["step"]}'
        return None

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Keep the views of both validation splits, then append a record."""
        if trainer.state.fn != TrainerFn.FITTING:
            return
        assert isinstance(pl_module, AdaptationModule)
        step = trainer.fit_loop.epoch_loop.total_batch_idx + 1
        keep(self.folder, step, pl_module.splits, whole=self.keep_views, tested=self.evaluator.blind)
        keep_groups(self.folder, step, self.evaluator.grouped(pl_module.splits))
        scores = pl_module.meter.means | pl_module.scores | self.evaluator.scores
        record = self.identity | {
            'step': step,
            'scores': scores,
            'seconds': round(time.monotonic() - self.started, 3),
        }
        if pl_module.pair.stored:
            record['extraction'] = round(pl_module.pair.extracted, 3)
        if (first := pl_module.pretrained) is not None:
            record |= {'pretrained': first.weights, 'pretraining': first.seconds}
        records.append(self.records, cast(records.Record, record))
        keep_if_chosen(self.folder, self.rule, records.read(self.records), pl_module)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save a checkpoint, whole or not at all."""
        draft = self.checkpoint.with_suffix('.draft')
        try:
            trainer.save_checkpoint(draft)
            put_in_place(draft, self.checkpoint)
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
            'records': records.digest(self.records),
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
