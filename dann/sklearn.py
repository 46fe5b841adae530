"""Domain adaptation as a classifier of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Self

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from dann.core.alignment import Alignment
from dann.core.errors import UserError, unknown
from dann.core.schedules import Cosine
from dann.core.style import Style
from dann.datasets.in_memory import InMemory
from dann.datasets.own.arrays import as_rgb
from dann.datasets.own.rows import in_float32
from dann.datasets.pair import DomainPair
from dann.engine.callbacks import Reproducible
from dann.engine.card import card_of
from dann.engine.loggers import quiet
from dann.engine.module import AdaptationModule
from dann.engine.trained import TrainedModel
from dann.networks.backbone import Backbone

QUIET: dict[str, Any] = {
    'logger': False,
    'enable_checkpointing': False,
    'enable_progress_bar': False,
    'enable_model_summary': False,
    'limit_val_batches': 0,
    'num_sanity_val_steps': 0,
    'max_epochs': 1,
}


class AdaptationClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Any method of dann as a classifier that sees unlabelled target samples in ``fit``.

    It trains the same module as ``dann fit``, on all samples. Samples are feature vectors, shape ``(N, D)``,
    standardised by those of the source; or uint8 images, shape ``(N, H, W, C)`` or ``(N, C, H, W)``.

    Args:
        method: Class in ``dann.methods``, for example ``DANN``, ``MCC`` or ``SHOT``; ``None`` for source-only.
        options: Of that class.
        backbone: ``None`` for ``MLP`` on vectors and ``ConvNet`` on images.
        bottleneck: Width of the layer after it, whose output alignments see; ``None`` for none.
        model_options: Further options of ``AdaptationModule``.
        steps: Training steps.
        batch_size: Samples of each domain in a step; fewer where there are fewer.
        learning_rate: Of Adam, annealed by a cosine.
        accelerator: Where to train, as Lightning's ``Trainer`` takes it.
        random_state: Seed of weights, order and all randomness.

    Attributes:
        classes_: The classes.
        model_: The ``TrainedModel``.
        n_features_in_: Features of a sample.

    Example:
        >>> import numpy as np
        >>> draw = np.random.default_rng(0)
        >>> y = draw.integers(0, 2, 80)
        >>> X = draw.normal(size=(80, 2)) + 4 * y[:, None]
        >>> moved = X + 1
        >>> classifier = AdaptationClassifier('CORAL', steps=50, random_state=0).fit(X, y, moved)
        >>> bool(classifier.score(moved, y) > 0.8)
        True
    """

    def __init__(
        self,
        method: str | None = 'DANN',
        *,
        options: Mapping[str, Any] | None = None,
        backbone: Backbone | None = None,
        bottleneck: int | None = 100,
        model_options: Mapping[str, Any] | None = None,
        steps: int = 500,
        batch_size: int = 64,
        learning_rate: float = 1e-3,
        accelerator: str = 'auto',
        random_state: Any = None,
    ) -> None:
        self.method, self.options, self.backbone, self.bottleneck = method, options, backbone, bottleneck
        self.model_options, self.steps, self.batch_size = model_options, steps, batch_size
        self.learning_rate, self.accelerator, self.random_state = learning_rate, accelerator, random_state

    def fit(self, X: Any, y: Any, Xt: Any = None, *, sample_domain: Any = None) -> Self:
        """Train on labelled source samples and unlabelled target samples.

        Args:
            X: Source samples; or those of both domains, with ``sample_domain``.
            y: Their classes; those of target samples are not read.
            Xt: Target samples; ``X`` itself without any, which is no adaptation.
            sample_domain: Of each sample in ``X`` a number, above 0 in the source and below 0 in the target.

        Raises:
            ValueError: Fewer than two classes or samples, or both ``Xt`` and ``sample_domain``.
        """
        if sample_domain is not None:
            X, y, Xt = _divided(X, y, Xt, sample_domain)
        X, y = validate_data(self, X, y, allow_nd=True, ensure_min_samples=2)
        target = (
            X if Xt is None else validate_data(self, Xt, reset=False, allow_nd=True, ensure_min_samples=2)
        )
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                'expected at least two classes, got one class; the classifier has nothing to learn'
            )
        names = [str(each) for each in self.classes_]
        source = InMemory('source', _taken(X), names, torch.as_tensor(labels, dtype=torch.long))
        self._train(source, InMemory('target', _taken(target), names))
        return self

    def _train(self, source: InMemory, target: InMemory) -> None:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        size = min(self.batch_size, len(source.ids('train')), len(target.ids('train')))
        quiet()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            pair = DomainPair(source, target, size, self.steps, seed)
            module = self._module(len(source.classes), source.image_shape)
            trainer: Any = pl.Trainer(
                accelerator=self.accelerator, callbacks=[Reproducible()], devices=1, **QUIET
            )
            trainer.fit(module, pair)
        self.model_ = TrainedModel(module.cpu(), card_of(module, pair))

    def _module(self, num_classes: int, shape: tuple[int, ...]) -> AdaptationModule:
        kind, parts = _method(self.method, dict(self.options or {}))
        made: AdaptationModule = kind(
            num_classes=num_classes,
            backbone=_backbone(shape) if self.backbone is None else deepcopy(self.backbone),
            image_shape=shape,
            **{
                'bottleneck': self.bottleneck,
                'optimizer': self._optimizer,
                'lr_schedule': Cosine(),
                'validators': [],
                **parts,
                **(self.model_options or {}),
            },
        )
        return made

    def _optimizer(self, groups: Any) -> torch.optim.Optimizer:
        return torch.optim.Adam(groups, lr=self.learning_rate, betas=(0.5, 0.999))

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """Return class probabilities, shape ``(N, classes)``, in the order of ``classes_``."""
        check_is_fitted(self)
        return self.model_.predict_proba(_taken(validate_data(self, X, reset=False, allow_nd=True)))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each sample."""
        best = self.predict_proba(X).argmax(axis=1)
        found: NDArray[Any] = self.classes_[best]
        return found


def _divided(X: Any, y: Any, Xt: Any, domain: Any) -> tuple[Any, Any, Any]:
    """Return source samples, their classes and target samples."""
    if Xt is not None:
        raise ValueError('expected `Xt` or `sample_domain`, got both; leave one of them out')
    X, y, domain = np.asarray(X), np.asarray(y), np.asarray(domain)
    if domain.shape != (len(X),) or not (domain > 0).any() or not (domain < 0).any():
        raise ValueError(
            'expected a `sample_domain` of each sample, above 0 in the source and below 0 in the target'
        )
    return X[domain > 0], y[domain > 0], X[domain < 0]


def _taken(samples: NDArray[Any]) -> Tensor:
    """Return uint8 images ``(N, 3, H, W)``, or float32 vectors."""
    if samples.ndim == 4:
        try:
            return torch.from_numpy(as_rgb(samples, 'X'))
        except UserError as error:  # scikit-learn's word for what is wrong with an argument
            raise ValueError(str(error)) from error
    return torch.from_numpy(in_float32(samples))


def _backbone(shape: tuple[int, ...]) -> Backbone:
    from dann.networks.convnets import ConvNet
    from dann.networks.vectors import MLP

    return ConvNet() if len(shape) == 3 else MLP()


def _method(name: str | None, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the module's class and the options that make the method."""
    from dann import methods

    if name is None:
        return AdaptationModule, {}
    try:
        kind = getattr(methods, name)
    except AttributeError as error:
        raise ValueError(str(unknown('method', name, dir(methods)))) from error
    if issubclass(kind, Alignment):
        return AdaptationModule, {'alignment': kind(**options)}
    if issubclass(kind, Style):
        return AdaptationModule, {'style': kind(**options)}
    return kind, options
