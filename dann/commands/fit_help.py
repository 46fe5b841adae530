"""The short help of ``dann fit``, ``validate`` and ``test``: the options that people use, each with a value."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH, COLUMN = 80, 30
USAGE = {
    'fit': 'Trains one model on a source and a target domain, without labels of the target.',
    'validate': 'Scores a trained network, first of all by its accuracy on the target.',
    'test': 'Scores a trained network, first of all by its accuracy on the target.',
}


@dataclass(frozen=True, slots=True)
class Option:
    """A line of the help.

    Args:
        flag: The option, and what stands for its value.
        meaning: What it does.
        default: Its value where it is left out; empty where there is none.
        example: A value in use.
    """

    flag: str
    meaning: str
    default: str = ''
    example: str = ''

    @property
    def name(self) -> str:
        """The option alone, without dashes."""
        return self.flag.split()[0].partition('+=')[0].removeprefix('--')


CONFIG = Option(
    '--config NAME', 'a built-in benchmark or a YAML file', example='sim-to-real, runs/fit/000/config.yaml'
)
DATA = (
    Option('--data.source CLASS', 'the labelled domain; see `dann list datasets`', example='RenderedDigits'),
    Option('--data.target CLASS', 'the unlabelled domain', example='HandwrittenDigits'),
    Option('--data.batch_size N', 'samples of each domain in a step', '64'),
    Option('--data.num_workers N', 'processes that load ahead', 'by the data'),
)
MODEL = (
    Option('--model CLASS', 'a method that trains in a way of its own', 'AdaptationModule', 'MCD'),
    Option('--model.alignment CLASS', 'a loss between the domains; see `dann list methods`', 'none', 'DANN'),
    Option(
        '--model.alignment.OPTION V',
        'of it; see `dann list methods --show DANN`',
        example='--model.alignment.weight 0.5',
    ),
    Option('--model.style CLASS', 'brings source images into the style of the target', 'none', 'FDA'),
    Option('--model.backbone CLASS', 'images to features; see `dann list backbones`', example='LeNet'),
    Option('--model.freeze WHAT', 'of the backbone: all, none, or how many blocks', 'none'),
    Option('--model.bottleneck WIDTH', 'of the layer after the backbone', '100'),
    Option('--model.backbone_lr_scale F', "factor on the backbone's learning rate", '1.0'),
    Option('--model.optimizer CLASS', 'of torch', 'SGD', 'torch.optim.Adam'),
    Option('--model.optimizer.lr RATE', 'learning rate', '0.01'),
    Option('--model.average DECAY', 'of a moving average of the weights; 0 for none', '0.0', '0.999'),
)
TRAINING = (
    Option('--data.steps_per_epoch N', 'steps between two evaluations', '100'),
    Option('--trainer.max_epochs N', 'evaluations in all', example='20'),
    Option('--trainer.precision KIND', 'of the numbers', '32-true', 'bf16-mixed'),
    Option('--logger+=NAME', 'wandb or tensorboard, beside the CSV file'),
    Option('--ckpt_path FILE', 'go on from a checkpoint, as its run was configured'),
    Option('--find-lr', 'test learning rates instead of training'),
)
RUN = (
    Option('--seed_everything SEED', 'of data order, initial weights and all else', '0'),
    Option('--trainer.accelerator NAME', 'cpu, gpu, mps or auto', 'auto'),
)
TRAINED = Option('--ckpt_path FILE', 'the trained network', example='runs/fit/000/checkpoints/best.ckpt')
EXAMPLES = {
    'fit': (
        'dann fit --config sim-to-real --model.alignment DANN',
        'dann fit --config sim-to-real --model MCD --trainer.max_epochs 5',
        'dann fit --config runs/fit/000/config.yaml --trainer.max_epochs 40 \\\n'
        '    --ckpt_path runs/fit/000/checkpoints/last.ckpt',
    ),
    'scored': (
        'dann {command} --config runs/fit/000/config.yaml \\\n    --ckpt_path runs/fit/000/checkpoints/best.ckpt',
    ),
}


def options(command: str) -> tuple[Option, ...]:
    """Return the options that the short help of a command names."""
    if command == 'fit':
        return CONFIG, *MODEL, *DATA, *TRAINING, *RUN
    return CONFIG, TRAINED, *DATA, *RUN


def short_help(command: str) -> str:
    """Return the help of a command, whose lines a terminal of 80 columns holds.

    Args:
        command: ``fit``, ``validate`` or ``test``.
    """
    examples = EXAMPLES.get(command, EXAMPLES['scored'])
    lines = [
        f'usage: dann {command} --config NAME [options]',
        '',
        USAGE[command],
        '',
        'examples:',
        *(f'  {each}' for each in (example.format(command=command) for example in examples)),
        '',
        'options:',
        *_described(options(command)),
        *_described([Option('--help-all', 'every option of the model, the data and the trainer')]),
    ]
    return '\n'.join(lines) + '\n'


def _described(listed: Sequence[Option]) -> Iterator[str]:
    for option in listed:
        said = [
            option.meaning,
            option.default and f'default {option.default}',
            option.example and f'e.g. {option.example}',
        ]
        text = '; '.join(part for part in said if part)
        yield textwrap.fill(
            text,
            WIDTH,
            initial_indent=f'  {option.flag:<{COLUMN - 2}} ',
            subsequent_indent=' ' * (COLUMN + 1),
            break_long_words=False,
            break_on_hyphens=False,
        )
