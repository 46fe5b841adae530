"""Which rules there are, and those of the user's own."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from dann.advising.rule import Rule
from dann.core.errors import UserError
from dann.core.registry import registered
from dann.engine.catalogue import resolved

PACKAGE = 'dann.advising.rules'


def rules(own: Sequence[str] = ()) -> list[Rule]:
    """Return the rules of the package, and those that dotted paths name.

    Raises:
        UserError: A path cannot be imported, or is no whole ``Rule`` with a name of its own.
    """
    package = [*registered(Rule, PACKAGE).values()]
    further = [resolved('rule', path, Rule, PACKAGE) for path in own]
    for kind in further:
        if inspect.isabstract(kind) or not getattr(kind, 'name', '') or not getattr(kind, 'question', ''):
            raise UserError(f'{kind.__name__} is no whole rule; give it name, question, answers and right')
    kinds = [*dict.fromkeys([*package, *further])]
    names = [kind.name for kind in kinds]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UserError(f'two rules are called {", ".join(sorted(twice))}; give yours another name')
    return [kind() for kind in kinds]
