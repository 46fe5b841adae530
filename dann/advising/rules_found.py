"""Which rules there are, and those of the user's own."""

from __future__ import annotations

from collections.abc import Sequence

from dann.advising.rule import Rule
from dann.core.registry import registered
from dann.engine.catalogue import own_kinds

PACKAGE = 'dann.advising.rules'


def rules(own: Sequence[str] = ()) -> list[Rule]:
    """Return the rules of the package, and those that dotted paths name.

    Raises:
        UserError: A path cannot be imported, or is no whole ``Rule`` with a name of its own.
    """
    package = [*registered(Rule, PACKAGE).values()]
    return [kind() for kind in (*package, *own_kinds('rule', own, Rule, [kind.name for kind in package]))]
