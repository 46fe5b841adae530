"""``dann predict``: classes of new images, by a trained model."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

SUMMARY = 'classes of new images, by a trained model; needs its checkpoint alone'
DESCRIPTION = (
    'Predicts images with a trained model and writes path, class, confidence and the probability of each class. '
    'Training data and configuration are not needed.'
)
OUT = Path('predictions.csv')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        'checkpoint',
        type=Path,
        metavar='MODEL',
        help='a checkpoint, or a folder of dann fit or dann benchmark',
    )
    parser.add_argument(
        'images',
        nargs='+',
        metavar='IMAGES',
        help='image files, folders of them, or globs; or .npy, .npz or .csv files of features',
    )
    parser.add_argument(
        '--out', type=Path, default=OUT, metavar='FILE', help=f'table to write; {OUT} by default'
    )
    parser.add_argument('--overwrite', action='store_true', help='write over a table that is there')
    parser.add_argument('--method', metavar='ROW', help='row of a benchmark that has several')
    parser.add_argument('--seed', type=int, metavar='N', help="of a benchmark's row; the lowest by default")
    parser.add_argument('--features', type=Path, metavar='FILE', help='write features to this .npy file too')
    parser.add_argument('--strict', action='store_true', help='end with status 1 if a file cannot be read')
    parser.add_argument(
        '--allow',
        nargs='+',
        default=(),
        metavar='MODULE',
        help='modules with code of your own that may be imported',
    )


def run(options: argparse.Namespace) -> int:
    """Predict, and say which files could not be read."""
    from dann.engine.predictions import predict_files, refuse_to_overwrite
    from dann.engine.trained import files, load

    refuse_to_overwrite(options.out, options.features, overwrite=options.overwrite)
    model = load(options.checkpoint, method=options.method, seed=options.seed, allow=options.allow)
    paths = list(dict.fromkeys(path for given in options.images for path in files(given)))
    unreadable = predict_files(model, paths, options.out, features=options.features)
    print(f'Model:       {model!r}')
    print(f'Predictions: {options.out}, {len(paths) - len(unreadable)} images')
    if options.features:
        print(f'Features:    {options.features}')
    for message in unreadable:
        print(f'dann: {message}', file=sys.stderr)
    return int(bool(unreadable) and options.strict)
