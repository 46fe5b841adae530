"""One job: trains, evaluates, records, and writes the files that the report needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from dann.benchmarks.plan.grid import Job
from dann.benchmarks.results import records
from dann.benchmarks.results.selection import LAST
from dann.benchmarks.running.chosen_weights import leave
from dann.benchmarks.running.kept_mistakes import keep_mistakes
from dann.benchmarks.running.recorder import Recorder, Report, Reporter
from dann.benchmarks.running.tracking import conclude, tracked
from dann.core.errors import CheckError
from dann.core.sealed import DONE, sums_of
from dann.core.style import Style
from dann.engine.evaluation import Evaluator
from dann.engine.experiment import ExperimentCLI
from dann.engine.loggers import loggers
from dann.engine.meter import NonFiniteLossError
from dann.engine.module import AdaptationModule
from dann.engine.pretraining import pretrain
from dann.networks.backbone import parameters_hash, weights_hash
from dann.networks.batch_norm import trains_batch_norm
from dann.reporting.files import write_whole

UNKNOWN = -1  # the label of a sample without one
QUIET = {'enable_progress_bar': False, 'enable_model_summary': False, 'enable_checkpointing': False}


def run_job(
    job: Job,
    folder: Path,
    identity: dict[str, Any],
    *,
    names: Sequence[str],
    report: Report,
    say: Callable[[str], None] = print,
    keep_views: bool = False,
    rule: str = LAST,
) -> None:
    """Train one job to its end, from its checkpoint where it has one.

    Writes ``config.yaml``, ``records.jsonl``, ``views/``, ``groups/`` where samples have groups, ``metrics.csv``,
    ``weights.pt``, ``chosen.pt`` where the rule does not choose the last evaluation, ``features.npz``,
    ``confusion.npy`` and ``mistakes.npz`` where the target has labels and, for styles, ``samples.npz``; then ``done``,
    or ``broken`` where training again would fail in the same way.

    Args:
        job: What to run.
        folder: Where.
        identity: Fields that every record carries.
        names: Loggers, in addition to CSV.
        report: Called with the number of steps taken.
        say: Called with a line where an earlier attempt cannot be continued.
        keep_views: Keep both validation splits as the network saw them at each evaluation.
        rule: Chooses the evaluation whose weights are kept beside the last one's.

    Raises:
        RunError: A loss became NaN, the disk is full, or the checkpoint is of another configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'config.yaml').write_text(yaml.safe_dump(job.config, sort_keys=False), encoding='utf-8')
    cli = ExperimentCLI(
        job.config | {'trainer': job.config['trainer'] | QUIET | {'logger': False}}, run=False
    )
    trainer: Any = cli.trainer
    evaluator = next(callback for callback in trainer.callbacks if isinstance(callback, Evaluator))
    identity = _identified(identity, cli)
    _pretrain(cli, folder, job, say)
    recorder = Recorder(folder, job, identity, evaluator, keep_views=keep_views, rule=rule)
    trainer.callbacks += [recorder, Reporter(report)]
    _keep_log(folder)
    trainer.loggers = loggers([name for name in names if name != 'wandb'], folder, job.name)
    with tracked(names, job, folder, recorder.identity, cli) as runs:
        trainer.loggers = [*trainer.loggers, *runs]
        _train(cli, recorder, say)
        _leave_artifacts(folder, cli.model, cli.datamodule, evaluator)
        history = records.read(recorder.records)
        leave(folder, rule, history, cli.model)
        write_whole(folder / DONE, sums_of(folder))
        recorder.checkpoint.unlink(missing_ok=True)
        for run in runs:
            conclude(run, history, rule, cli)


def _pretrain(cli: ExperimentCLI, folder: Path, job: Job, say: Callable[[str], None]) -> None:
    """Run the first stage of a job, if it has one, before its time begins: rows of a table share its weights."""
    module, pair, device = cli.model, cli.datamodule, cli.trainer.strategy.root_device
    if module.pretraining is None:
        return
    pair.prepare_data()
    pair.setup()
    with _breaking(folder):
        pretrain(module, pair, device, lambda line: say(f'{job.method}, seed {job.seed}: {line}'))


def _train(cli: ExperimentCLI, recorder: Recorder, say: Callable[[str], None]) -> None:
    trainer: Any = cli.trainer
    if why := recorder.damage():
        say(f'{why}; {recorder.job.method}, seed {recorder.job.seed}, begins again')
        recorder.checkpoint.unlink()
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
