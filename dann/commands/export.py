"""``dann export``: a trained model as a file that runs without dann."""

from __future__ import annotations

import argparse
from pathlib import Path

from dann.commands.options import add_model

SUMMARY = 'a trained model as a file that runs without dann: ONNX or torch; or its weights'
DESCRIPTION = (
    'Writes a trained model, preprocessing inside, checks the file against the model on images drawn at random, and '
    'leaves a model card beside it.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_model(parser)
    parser.add_argument(
        '--format',
        choices=['onnx', 'torch', 'safetensors'],
        default='onnx',
        help='onnx by default; torch is a torch.export program, safetensors the weights alone',
    )
    parser.add_argument(
        '--out', type=Path, metavar='FILE', help='file to write; model.onnx and so on by default'
    )


def run(options: argparse.Namespace) -> int:
    """Write the model and its card."""
    from dann.benchmarks.report.of_model import numbers
    from dann.engine.export import SUFFIXES, export
    from dann.engine.finding import weights_of
    from dann.engine.model_card import model_card
    from dann.engine.trained import load
    from dann.reporting.files import refuse_to_overwrite, write_whole

    out = options.out or Path(f'model{SUFFIXES[options.format]}')
    card = out.with_suffix('.md')
    refuse_to_overwrite(out, card, overwrite=options.overwrite)
    weights = weights_of(options.checkpoint, options.method, options.seed)
    model = load(weights, allow=options.allow)
    difference = export(model, out, options.format)
    write_whole(card, model_card(model.card, numbers(weights, model.card)))
    print(f'Model: {out}' + ('' if difference is None else f' (at most {difference:.1e} from the module)'))
    print(f'Card:  {card}')
    return 0
