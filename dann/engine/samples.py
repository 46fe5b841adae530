"""Pictures of source images in the target's style, drawn at every evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from PIL import Image
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger, WandbLogger
from pytorch_lightning.trainer.states import TrainerFn
from torch import Tensor

from dann.core.errors import RunError
from dann.datasets.pair import DomainPair
from dann.engine.module import AdaptationModule
from dann.engine.seeding import seed_torch, seeds_kept


class SampleSheet(pl.Callback):
    """Writes ``samples/step-<step>.png`` into the folder of the run's log.

    Its columns are source, target and stylised source images.
    Loggers of wandb and tensorboard get the same picture. Drawing takes no random number from the run.

    Args:
        count: Images of each domain, one a row.
        side: Least height of an image in the sheet, in pixels.
    """

    def __init__(self, count: int = 8, side: int = 56) -> None:
        self.count, self.side = count, side

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Draw and log the sheet, where the run trains with a style of images."""
        assert isinstance(pl_module, AdaptationModule)
        style, fitting = pl_module.style, trainer.state.fn == TrainerFn.FITTING
        if style is None or not style.on_images or not fitting or trainer.sanity_checking:
            return
        picture = self.draw(pl_module)
        step = trainer.fit_loop.epoch_loop.total_batch_idx + 1
        for logger in trainer.loggers:
            if isinstance(logger, CSVLogger):
                _write(picture, Path(logger.log_dir) / 'samples' / f'step-{step:05d}.png')
            elif isinstance(logger, TensorBoardLogger):
                logger.experiment.add_image('samples', picture, step, dataformats='HWC')
            elif isinstance(logger, WandbLogger):
                logger.log_image('samples', [picture], step=step)

    def draw(self, module: AdaptationModule) -> NDArray[np.uint8]:
        """Return the sheet, shape ``(H, W, 3)``: the first images of each domain, the source's stylised."""
        pair: Any = module.pair
        assert isinstance(pair, DomainPair)
        source, target = (images.to(module.device) for images in pair.examples(self.count))
        rows = min(len(source), len(target))
        assert module.style is not None
        with seeds_kept(module.device):
            seed_torch(0, module.device)
            styled = module.style(source[:rows], target[:rows], 1.0)
        return sheet([source[:rows], target[:rows], styled], self.side)


def sheet(columns: list[Tensor], side: int) -> NDArray[np.uint8]:
    """Return images in [0, 1], one batch a column, as one picture ``(H, W, 3)`` with a white line between them.

    Args:
        columns: Batches, shape ``(B, C, H, W)``, ``C`` 1 or 3.
        side: Least height of an image in the picture; smaller ones are enlarged by whole factors.
    """
    factor = max(1, -(-side // columns[0].shape[2]))
    grid = torch.stack([batch.detach().cpu().expand(-1, 3, -1, -1) for batch in columns], dim=1)
    grid = (grid.clamp(0, 1) * 255).round().byte()
    grid = grid.repeat_interleave(factor, dim=3).repeat_interleave(factor, dim=4)
    grid = torch.nn.functional.pad(grid, (1, 1, 1, 1), value=255)  # (B, columns, 3, H, W)
    picture: NDArray[np.uint8] = grid.permute(0, 3, 1, 4, 2).flatten(2, 3).flatten(0, 1).numpy()
    return picture


def _write(picture: NDArray[np.uint8], path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    except OSError as error:
        msg = f'cannot write {path} ({error.strerror or error}); free the disk, or set another folder'
        raise RunError(msg) from error
