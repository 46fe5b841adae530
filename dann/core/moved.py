"""Where modules, options and names of earlier versions are now, so that errors can say so."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

OPTIONS = {'batching': 'batch_norm'}  # of the model, by their earlier names
TRAINING = ('CAN',)  # classes that were alignments and are training methods now

# package -> earlier package -> modules that came from there, as `name` or `earlier=name`
MOVES: dict[str, dict[str, str]] = {
    'dann.audit': {'dann.audit': 'signs=gradients'},
    'dann.benchmarks.comparison': {
        'dann.benchmarks': 'across judging leave_one_out rankings significance',
    },
    'dann.benchmarks.launchers': {'dann.benchmarks': 'workers=local'},
    'dann.benchmarks.plan': {'dann.benchmarks': 'fingerprint grid own_data recipes schema suite'},
    'dann.benchmarks.report': {
        'dann.benchmarks': 'across_words beside=paper_comparison building=table_builder figures formats '
        'illustrations page pictures rank_diagram significance_words table verdicts',
        'dann.shift': 'section=gap_section',
    },
    'dann.benchmarks.results': {
        'dann.benchmarks': 'candidates cost folder=opened guard records selection',
        'dann.shift': 'trained',
    },
    'dann.benchmarks.running': {
        'dann.benchmarks': 'facts=provenance job kept_views prepare progress rescore run',
    },
    'dann.commands': {
        'dann.audit': 'command=audit',
        'dann.benchmarks': 'command=benchmark parsers=report reproduce validators_command=validators',
        'dann.datasets.checks': 'command=data',
        'dann.search': 'command=search',
        'dann.shift': 'command=gap',
    },
    'dann.core': {
        'dann': 'discovery=registry errors ranges=search_space schedules views',
        'dann.methods.alignment': 'base=alignment',
        'dann.methods.style': 'base=style',
        'dann.validators': 'base=validator',
    },
    'dann.datasets': {'dann': 'augmentations=weak_and_strong', 'dann.datasets': 'refusals=pair_checks'},
    'dann.datasets.own': {'dann.datasets': 'arrays folder table'},
    'dann.datasets.published': {
        'dann.datasets': 'amos bdd100k bdd100k_labels domainnet domainnet_classes domainnet_files exdark gtsrb '
        'gtsrb_files image_clef_da mnist mnist_m office31 office_caltech10 office_home pacs svhn usps visda2017',
    },
    'dann.datasets.rendered': {'dann.datasets': 'dice=random_batch digits signs street syn_digits'},
    'dann.datasets.rendered.signs': {'dann.datasets.rendered.signs': 'beings=pictograms'},
    'dann.datasets.storage': {
        'dann.datasets': 'array_domain array_files decoding download file_domain layouts named_domain public '
        'stored=stored_domain',
    },
    'dann.engine': {
        'dann': 'catalogue evaluation experiment meter module predictions samples scoring=module',
    },
    'dann.functional': {
        'dann.methods.alignment': 'entropies kernels labels layers shapes',
        'dann.validators': 'gram neighbours',
    },
    'dann.methods.training': {'dann.methods.alignment': 'can'},
    'dann.networks': {'dann.networks': 'batching=batch_norm'},
    'dann.reporting': {'dann.benchmarks': 'files notation palette'},
    'dann.stats': {'dann.benchmarks': 'intervals paired_statistics=paired ranks'},
    'tools': {'dann': 'documents'},
}


def _modules() -> dict[str, str]:
    found = {}
    for package, origins in MOVES.items():
        for origin, modules in origins.items():
            for module in modules.split():
                before, _, now = module.partition('=')
                found[f'{origin}.{before}'] = f'{package}.{now or before}'
    return found


MODULES = _modules()  # where each is now, by its earlier name


def place(path: str) -> str:
    """Return where a module, or what is in one, is now, by its earlier dotted path; empty if it has not moved."""
    whole = f'{path}.'
    module = max((each for each in MODULES if whole.startswith(f'{each}.')), key=len, default='')
    return MODULES[module] + path.removeprefix(module) if module else ''


class MovedModules(MetaPathFinder):
    """Answers the import of a module that has moved with an error that names the new place; imports nothing."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return ``None``, as for every module that this does not find; raise for one that has moved."""
        if name in MODULES:
            raise ModuleNotFoundError(f'{name} has moved to {MODULES[name]}; name it there', name=name)
        return None


def install() -> None:
    """Ask ``MovedModules`` last, for what no other finder knows."""
    if not any(isinstance(finder, MovedModules) for finder in sys.meta_path):
        sys.meta_path.append(MovedModules())


def renamed(module: str, names: Mapping[str, str]) -> Callable[[str], NoReturn]:
    """Return a module's ``__getattr__`` that says what a name of an earlier version is now.

    Args:
        module: Name of the module.
        names: By the earlier name, what to use.
    """

    def find(name: str) -> NoReturn:
        if name in names:
            # `from module import name` would drop the message of an AttributeError
            raise ImportError(f'{module}.{name} is now {names[name]}; change the name', name=module)
        raise AttributeError(f'module {module!r} has no attribute {name!r}')

    return find
