"""``dann predict``: classes of new images, by a trained model."""

from __future__ import annotations

import argparse
from pathlib import Path

from dann.commands.options import add_model
from dann.reporting.saying import say

SUMMARY = 'classes of new images, by a trained model; needs its checkpoint alone'
DESCRIPTION = (
    'Predicts images with a trained model and writes path, class, confidence and the probability of each class. '
    'Training data and configuration are not needed.'
)
OUT = Path('predictions.csv')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_model(parser)
    parser.add_argument(
        'images',
        nargs='+',
        metavar='IMAGES',
        help='image files, folders of them, or globs; or .npy, .npz or .csv files of features',
    )
    parser.add_argument(
        '--out', type=Path, default=OUT, metavar='FILE', help=f'table to write; {OUT} by default'
    )
    parser.add_argument('--features', type=Path, metavar='FILE', help='write features to this .npy file too')
    parser.add_argument('--strict', action='store_true', help='end with status 1 if a file cannot be read')


def run(options: argparse.Namespace) -> int:
    """Predict, and say which files could not be read."""
    from dann.engine.predictions import predict_files
    from dann.engine.trained import files, load
    from dann.reporting.files import refuse_to_overwrite

    refuse_to_overwrite(options.out, options.features, overwrite=options.overwrite)
    model = load(options.checkpoint, method=options.method, seed=options.seed, allow=options.allow)
    paths = list(dict.fromkeys(path for given in options.images for path in files(given)))
    count, unreadable = predict_files(model, paths, options.out, features=options.features)
    print(f'Model:       {model!r}')
    print(f'Predictions: {options.out}, {count} samples')
    if options.features:
        print(f'Features:    {options.features}')
    for message in unreadable:
        say(message)
    return int(bool(unreadable) and options.strict)
