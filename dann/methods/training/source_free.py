"""The base class of source-free methods: training on the source first, then on the target alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from torch import nn

from dann.core.errors import UserError, check
from dann.core.search_space import Float, Search
from dann.core.torch_files import DamagedFileError, load
from dann.core.views import Losses, View, merge
from dann.datasets.loading import Batch
from dann.engine.module import AdaptationModule
from dann.engine.stages import begins_round
from dann.networks.weight_norm import WeightNormed
from dann.tasks import Classification


def load_weights(network: nn.Module, path: str) -> None:
    """Load the shared network's weights from a checkpoint, or from a state dict of such a network.

    Args:
        network: What to load into.
        path: Of the file.

    Raises:
        UserError: The file cannot be read, or its weights are those of another network.
    """
    try:
        saved: dict[str, Any] = load(path)
        state: dict[str, Any] = saved.get('state_dict', saved)
    except (OSError, DamagedFileError, AttributeError) as error:
        why = str(error).partition('\n')[0]
        msg = f'cannot read `init` {path} ({why}); pass a checkpoint of `dann fit` or a saved state dict'
        raise UserError(msg) from error
    own = {
        name.removeprefix('network.'): value for name, value in state.items() if name.startswith('network.')
    }
    try:
        network.load_state_dict(own or state)
    except RuntimeError as error:
        why = ' '.join(str(error).split())[:200]
        msg = f'`init` {path} does not fit the network ({why}); set the backbone, bottleneck and head it was saved with'
        raise UserError(msg) from error


def prepare_source(module: AdaptationModule, label_smoothing: float, *, weight_norm: bool) -> None:
    """Let a module train on the source as the codes of SHOT and NRC do.

    Args:
        module: With a linear layer at the end of its head.
        label_smoothing: Of the task, in [0, 1), which is classification.
        weight_norm: Whether the last layer's weights become a length times a direction for each class.
    """
    module.task = Classification(label_smoothing)
    if weight_norm:
        last = module.network.head[-1]
        assert isinstance(last, nn.Linear)
        module.network.head[-1] = WeightNormed(last)


class SourceFree(AdaptationModule, ABC):
    """Trains on the source for a share of the run, then adapts without it; a subclass writes ``adapt``.

    The adaptation stage is where a batch has no ``source``. Alignment and style act in the source stage only. Each
    stage has a fresh optimiser and the whole learning rate schedule. At the first step of the adaptation stage, and
    ``refreshes`` times in all at equal distances, a method may look at the whole target pool.

    Args:
        source_share: Share of the run that trains on source images, in [0, 1); 0 only with ``init``.
        init: Checkpoint of ``dann fit``, or state dict of the network, to start from: a source model that was
            trained elsewhere. With ``source_share`` 0 no source image is ever trained on.
    """

    family: ClassVar[str] = 'source-free'
    search: ClassVar[Search] = {'source_share': Float(0.2, 0.8)}
    refreshes: int = 1

    def __init__(self, *, source_share: float = 0.5, init: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check(0 <= source_share < 1, f'expected `source_share` in [0, 1), got {source_share}')
        check(
            source_share > 0 or init is not None,
            'expected `init` where `source_share` is 0, got neither a source nor a source model; '
            'pass --model.init PATH',
        )
        self.source_share, self.init = source_share, init
        self._held: list[nn.Parameter] = []

    def setup(self, stage: str) -> None:
        """Load ``init``; a checkpoint that the run is resumed from comes after it."""
        if stage == 'fit' and self.init is not None:
            load_weights(self.network, self.init)
        super().setup(stage)  # features are stored as the loaded weights make them

    def frozen(self) -> Iterable[nn.Parameter]:
        """Return the parameters that the adaptation stage does not train."""
        return ()

    def survey(self) -> None:
        """Look at the whole pool; called ``refreshes`` times, first at the beginning of the adaptation stage."""

    def prepare_step(self, batch: Any) -> None:
        """Freeze parameters in the adaptation stage, and survey the pool where its turn has come."""
        if 'source' in batch:
            return
        self._held = [parameter for parameter in self.frozen() if parameter.requires_grad]
        for parameter in self._held:
            parameter.requires_grad_(False)
        begins = self.stage_begins(self._planned)
        if begins_round(self.taken - begins, self._planned - begins, self.refreshes):
            self.survey()

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Unfreeze the parameters, so that a second fit can train them."""
        for parameter in self._held:
            parameter.requires_grad_(True)
        self._held = []

    def losses(self, batch: Batch, progress: float) -> Losses:
        """Return the terms of the stage that the batch belongs to."""
        if 'source' in batch:
            return super().losses(batch, progress)
        losses = self.adapt(batch, self.network(batch['target'], domain=self.deployed))
        if 'shots' in batch:
            images, labels = batch['shots']
            shots = self.network(images, labels, domain=self.deployed)
            merge(losses, {'shots': self.task.loss(shots)})
        return losses

    @abstractmethod
    def adapt(self, batch: Batch, target: View) -> Losses:
        """Return the terms of a step of the adaptation stage."""
