"""Options of Lightning's trainer under which a method would not be trained, or scored, as it says."""

from __future__ import annotations

from typing import Any

from dann.core.errors import UserError

LIMITS = ('limit_val_batches', 'limit_test_batches', 'limit_predict_batches')


def check_trainer(trainer: Any, stage: str) -> None:
    """Raise ``UserError`` for an option that breaks the plan of a run, with what to set in its place.

    Schedules and stages follow the share of planned steps, and scores are of whole splits. A limit of 0 leaves an
    evaluation out.

    Args:
        trainer: The trainer.
        stage: ``fit``, ``validate``, ``test`` or ``predict``.
    """
    if trainer.fast_dev_run:
        raise UserError(
            'fast_dev_run cuts the plan of schedules short; for a short run pass --data.steps_per_epoch 1 '
            '--trainer.max_epochs 1'
        )
    for name in LIMITS:
        share = getattr(trainer, name)
        if share and not (isinstance(share, float) and share == 1.0):  # 1 is one batch, 1.0 all of them
            raise UserError(f'{name} leaves out a part of the splits that are scored; leave it out')
    if stage == 'fit':
        _check_fit(trainer)


def check_devices(trainer: Any) -> None:
    """Raise ``UserError`` for more than one device; of the command before it starts a process for each."""
    check_count(trainer.world_size)


def check_count(devices: Any) -> None:
    """Raise ``UserError`` for a number of devices above 1; before Lightning writes down a list of them all."""
    if str(devices).isdecimal() and int(devices) > 1:  # a parser may leave it a text
        raise UserError('training on several devices is not supported; pass --trainer.devices 1')


def check_scale(trainer: Any, method: str) -> None:
    """Raise ``UserError`` for a precision under which gradients that a step takes itself vanish, as none is scaled."""
    if trainer.precision == '16-mixed':
        raise UserError(
            f'{method} takes gradients that 16-mixed does not scale, and small ones vanish; '
            'pass --trainer.precision bf16-mixed'
        )


def _check_fit(trainer: Any) -> None:
    check_devices(trainer)
    if trainer.accumulate_grad_batches != 1:
        raise UserError(
            'accumulate_grad_batches takes fewer steps than schedules are planned for; raise --data.batch_size'
        )
    if trainer.max_steps not in (-1, None):
        raise UserError(
            'max_steps ends before schedules do; pass --trainer.max_epochs and --data.steps_per_epoch'
        )
    if not trainer.max_epochs or trainer.max_epochs < 0:
        raise UserError('schedules need a planned end; pass --trainer.max_epochs')
    if trainer.precision in ('16-true', 'bf16-true'):
        raise UserError('losses need float32; pass --trainer.precision bf16-mixed or 16-mixed')
