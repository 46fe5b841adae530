"""The checkpoints that ``dann fit`` leaves: the last one, and the best by a score that reads no target label."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ModelCheckpoint

from dann.core.rule import DEFAULT

BEST_SO_FAR = ('best_model_path', 'best_model_score', 'best_k_models', 'kth_best_model_path', 'kth_value')


class KeepBest(ModelCheckpoint):
    """Keeps ``best.ckpt``, of the evaluation with the highest InfoMax, and ``last.ckpt``.

    A run whose validators leave InfoMax out goes by the first of them, and keeps the last checkpoint alone without any.
    """

    def __init__(self) -> None:
        super().__init__(filename='best', mode='max', save_last=True, enable_version_counter=False)

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Choose the score to go by."""
        scores = [f'val/{rule.name}' for rule in getattr(pl_module, 'computed', ())]
        self.monitor = DEFAULT if DEFAULT in scores else next(iter(scores), None)
        self.filename = 'best' if self.monitor else 'last'
        self.save_last = bool(self.monitor)
        super().setup(trainer, pl_module, stage)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the best so far, also in another folder, where Lightning would begin anew."""
        super().load_state_dict(state_dict)
        if Path(state_dict['best_model_path']).is_file():
            for name in BEST_SO_FAR:
                setattr(self, name, state_dict[name])

    @property
    def last(self) -> str:
        """Path of the last checkpoint; empty before there is one."""
        return self.last_model_path or self.best_model_path

    @property
    def said(self) -> str:
        """What chose the best checkpoint, in words; empty where nothing did."""
        if self.monitor is None or self.best_model_score is None:
            return ''
        return f'the highest {self.monitor}, {float(self.best_model_score):.4g}'


def keep_best(trainer: Any) -> None:
    """Put ``KeepBest`` in the place of Lightning's own checkpoints, unless the configuration asks for others."""
    for place, callback in enumerate(trainer.callbacks):
        plain = type(callback) is ModelCheckpoint and callback.monitor is None and callback.filename is None
        if plain and callback.dirpath is None:
            trainer.callbacks[place] = KeepBest()


def next_steps(callback: ModelCheckpoint, config: Path) -> str:
    """Return what a run leaves and what to do with it."""
    best, about = callback.best_model_path, ''
    if isinstance(callback, KeepBest) and callback.said:
        about = f' ({callback.said}; the last is {Path(callback.last).name})'
    typed = shlex.quote(best)
    return (
        f'Checkpoint: {best}{about}\nUse it:     dann predict {typed} IMAGES\n'
        f'Test it:    dann test --config {shlex.quote(str(config))} --ckpt_path {typed}'
    )


def how_to_go_on(trainer: Any, given: str | None) -> str:
    """Return which checkpoint an interrupted run has, and the command that goes on from it.

    Args:
        trainer: The trainer, interrupted.
        given: The checkpoint that the run itself went on from.
    """
    kept = trainer.checkpoint_callback
    paths = [getattr(kept, 'last_model_path', ''), getattr(kept, 'best_model_path', ''), given or '']
    found = [path for path in map(Path, paths) if path.is_file()]
    if not found:
        return 'no checkpoint was written yet, the first evaluation writes one; the same command begins anew'
    newest = max(found, key=lambda path: path.stat().st_mtime_ns)
    config = Path(trainer.log_dir or newest.parent.parent) / 'config.yaml'
    typed = f'dann fit --config {shlex.quote(str(config))} --ckpt_path {shlex.quote(str(newest))}'
    return f'{newest} is of its last evaluation; to go on: {typed}'
