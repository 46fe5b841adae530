"""Which class reads the user's own data, told from its path."""

from __future__ import annotations

from pathlib import Path

from dann.datasets.own.arrays import Arrays, feature_shape
from dann.datasets.own.feature_table import FeatureTable, is_feature_table
from dann.datasets.own.folder import Folder
from dann.datasets.own.table import Table

Own = type[Folder] | type[Table] | type[FeatureTable] | type[Arrays]


def class_for(path: Path) -> tuple[Own, str]:
    """Return the class that reads a folder or file, and its option that takes the path.

    A CSV file is a table of images or of features by its columns; what else is no folder is taken for arrays.
    """
    if path.is_dir():
        return Folder, 'root'
    if path.suffix.lower() == '.csv':
        return (FeatureTable if is_feature_table(path) else Table), 'path'
    return Arrays, 'path'


def holds_features(path: Path) -> bool:
    """Whether the samples are feature vectors or series, and no images; the numbers are not read."""
    kind = class_for(path)[0]
    return kind is FeatureTable or (kind is Arrays and feature_shape(path) is not None)
