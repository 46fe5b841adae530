"""What Lightning and torch say at the start of a run that advertises, repeats or does not apply here."""

from __future__ import annotations

import logging
import os
import warnings

from pytorch_lightning.utilities.warnings import PossibleUserWarning  # type: ignore[attr-defined]

LOGGERS = ('pytorch_lightning', 'lightning_fabric', 'lightning.pytorch', 'lightning.fabric')
IDLE = (  # warnings about what is meant so, by how their messages begin
    'The dirpath has changed',
    'Be aware that when using `ckpt_path`, callbacks used to create',
    r'`isinstance\(treespec, LeafSpec\)` is deprecated',
    'Checkpoint directory .+ exists and is not empty',
)


def hush() -> None:
    """Silence the notices of one run; warnings that something may be wrong are still printed."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)  # its tips, seeds and devices are of a lower level
    # numbers of workers, intervals of logging and the like, which this package decides
    warnings.filterwarnings('ignore', category=PossibleUserWarning)
    for message in IDLE:
        warnings.filterwarnings('ignore', message=rf'\s*{message}')
    os.environ.setdefault('WANDB_SILENT', 'true')
