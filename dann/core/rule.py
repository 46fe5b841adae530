"""The score that chooses a checkpoint unless another is named: docs/model-selection.md says why."""

DEFAULT = 'val/infomax'
