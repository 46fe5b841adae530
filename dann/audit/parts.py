"""The parts that a module adds to a network trained on the source: style, alignments, its own terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from dann.audit.tapped import method_class
from dann.engine.module import AdaptationModule
from dann.methods.alignment import Alignment
from dann.methods.style import Style
from dann.networks.network import Network


@dataclass(frozen=True, slots=True)
class Part:
    """A method within a module.

    Args:
        name: Path in the module; ``model`` for the module itself.
        family: As its class declares.
        owner: The alignment, the style, or the module.
    """

    name: str
    family: str
    owner: Any


def parts(module: AdaptationModule) -> list[Part]:
    """Return the style, the alignments, members one by one, and the module itself where it is a subclass."""
    found = (
        [Part('model', str(module.family), module)] if method_class(module) is not AdaptationModule else []
    )
    if module.style is not None:
        found.append(Part('style', str(module.style.family), module.style))
    if module.alignment is not None:
        found += _members('alignment', module.alignment)
    return found


def _members(path: str, alignment: Alignment) -> list[Part]:
    inner = [
        (name, child) for name, child in alignment.named_modules() if name and isinstance(child, Alignment)
    ]
    if not inner:
        return [Part(path, str(alignment.family), alignment)]
    return [part for name, child in inner for part in _members(f'{path}.{name}', child)]


def networks_of_its_own(module: AdaptationModule) -> dict[str, list[str]]:
    """Return critics, second heads, teachers and generators: names of their parameters, by path.

    Parameters of the shared network are left out, by whichever path they can be reached.
    """
    shared = {id(parameter) for parameter in module.network.parameters()}
    found: dict[str, list[str]] = {}
    for name, parameter in module.named_parameters():
        if id(parameter) not in shared:
            found.setdefault(_network_of(module, name), []).append(name)
    return found


def _network_of(module: nn.Module, parameter: str) -> str:
    """Return the path of the outermost network that holds a parameter: containers of networks do not count."""
    path, here = [], module
    for name in parameter.split('.'):
        path.append(name)
        inner = getattr(here, name)
        if not isinstance(inner, (Alignment, Style, nn.ModuleList, nn.ModuleDict)):
            break
        here = inner
    return '.'.join(path)


def copies_of_the_network(module: AdaptationModule) -> list[str]:
    """Return the paths of copies of the shared network, such as teachers, that the module keeps."""
    return [
        name
        for name, child in module.named_modules()
        if isinstance(child, Network) and child is not module.network
    ]
