"""The pair of domains to measure, from whatever names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dann import configs
from dann.core.errors import UserError
from dann.datasets.base import DomainDataset
from dann.datasets.pair import DomainPair
from dann.engine.experiment import ExperimentCLI
from dann.engine.loggers import quiet

# the parser wants a model; the configured one, which may be large or pretrained, is not needed here: this takes any
# samples
UNUSED = {
    'class_path': 'AdaptationModule',
    'init_args': {'backbone': {'class_path': 'Identity'}, 'validators': []},
}
OFF = {'logger': False, 'enable_checkpointing': False, 'enable_progress_bar': False}


def pair_of(source: DomainDataset | DomainPair | str, target: DomainDataset | None = None) -> DomainPair:
    """Return the pair of two domains, of a benchmark by its name or ``.yaml`` file, or the pair that was passed.

    Args:
        source: The source domain; or a pair or a name, without ``target``.
        target: The target domain.

    Raises:
        UserError: No such benchmark, or a domain without the other one.
    """
    if isinstance(source, DomainDataset):
        if target is None:
            raise UserError(f'{source.name} is one domain; pass the target as the second argument')
        return DomainPair(source, target)
    if target is not None:
        raise UserError('a pair and the name of a benchmark hold both domains; leave `target` out')
    return source if isinstance(source, DomainPair) else configured_pair(_data(source))


def configured_pair(data: Mapping[str, Any], seed: int = 0) -> DomainPair:
    """Return the pair that the ``data`` of a benchmark describes.

    Args:
        data: As in the YAML file.
        seed: Of the pair.
    """
    quiet()  # a trainer is built, and none of its notices matters here
    config = {'seed_everything': seed, 'model': UNUSED, 'data': dict(data), 'trainer': OFF}
    pair: DomainPair = ExperimentCLI(config, run=False).datamodule
    return pair


def _data(name: str) -> dict[str, Any]:
    config = configs.load(name)
    if 'benchmarks' in config:
        raise UserError(f'{name} is several benchmarks; name one: {", ".join(config["benchmarks"])}')
    if not isinstance(config.get('data'), dict):
        raise UserError(f'{name} names no domains; give it `data:` with `source:` and `target:`')
    return dict(config['data'])
