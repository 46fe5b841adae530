"""A job as one run of Weights & Biases: what it is called, what it begins with, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from dann.benchmarks.plan.grid import Job, digest
from dann.benchmarks.results.records import Record
from dann.benchmarks.running.chosen_weights import chosen_step
from dann.core.shareable import shareable
from dann.core.shown import shown
from dann.core.version import release
from dann.engine.callbacks import plain
from dann.engine.experiment import ExperimentCLI
from dann.engine.samples import sheet
from dann.engine.wandb_runs import TrackedRun

IMAGES, SIDE = 4, 56  # of each domain; least height in pixels
TAG = 64  # characters that W&B allows in a tag


@contextmanager
def tracked(
    names: Sequence[str], job: Job, folder: Path, identity: Mapping[str, Any], cli: ExperimentCLI
) -> Iterator[list[TrackedRun]]:
    """Start the job's run where ``wandb`` is asked for, and end it, as failed where the job fails.

    Args:
        names: Of loggers.
        job: The job.
        folder: Of the job.
        identity: Fields that every record of the job carries.
        cli: The job's parsed configuration.
    """
    runs = [TrackedRun(folder, **_options(job, identity, cli))] if 'wandb' in names else []
    try:
        yield runs
    except BaseException:
        for run in runs:
            run.end(failed=True)
        raise
    for run in runs:
        run.end()


def _options(job: Job, identity: Mapping[str, Any], cli: ExperimentCLI) -> dict[str, Any]:
    known = ('benchmark', 'method', 'family', 'source', 'target')
    tags = [*(str(identity[key]) for key in known if key in identity), f'dann {release()}']
    return {
        'id': digest([identity['benchmark'], job.name]),
        'name': f'{job.method}-seed{job.seed}',
        'group': identity['benchmark'],
        'job_type': job.method,
        'tags': list(dict.fromkeys(shown(tag)[:TAG] for tag in tags)),
        'config': shareable({**identity, **plain(cli.parser, cli.config)}),
    }


def conclude(run: TrackedRun, history: Sequence[Record], rule: str, cli: ExperimentCLI) -> None:
    """Log what a job ends with: its final numbers as table and summary, and a sheet of images.

    Args:
        run: Of the job.
        history: Its records.
        rule: Chooses the evaluation that is reported.
        cli: The job's model and data.
    """
    step = chosen_step(history, rule)
    last, chosen = (
        history[-1]['scores'],
        next((each['scores'] for each in history if each['step'] == step), {}),
    )
    rows = [[name, last[name], chosen.get(name)] for name in sorted(last)]
    run.log_table('final', ['score', f'step {history[-1]["step"]}', f'{rule}: step {step}'], rows)
    run.summarise({'chosen/step': step, **{f'chosen/{name}': value for name, value in chosen.items()}})
    with run.beside():
        _log_images(run, cli.model, cli.datamodule)


def _log_images(run: TrackedRun, module: Any, pair: Any) -> None:
    shape = pair.image_shape
    if len(shape) != 3 or shape[0] not in (1, 3):
        return
    columns = dict(zip(('source', 'target'), pair.examples(IMAGES), strict=True))
    if module.style is not None and module.style.on_images:
        torch.default_generator.manual_seed(0)
        with torch.no_grad():
            columns['stylised source'] = module.style(columns['source'], columns['target'], 1.0)
    rows = min(map(len, columns.values()))
    picture = sheet([batch[:rows] for batch in columns.values()], SIDE)
    run.log_picture('samples', picture, ' | '.join(columns))
