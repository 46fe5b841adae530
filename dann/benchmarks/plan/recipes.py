"""Published experiments as committed recipes: one YAML a paper, one benchmark a row of its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dann import configs
from dann.benchmarks.plan.grid import expanded
from dann.benchmarks.plan.schema import mapping
from dann.benchmarks.plan.suite import merge
from dann.core.errors import UserError, unknown

KEYS = ('title', 'paper', 'url', 'note', 'shared', 'rows')
ROW_KEYS = ('needs', 'where', 'note', 'minutes', 'cited')


@dataclass(frozen=True, slots=True)
class Experiment:
    """One row of a paper's table, as a benchmark and what is known of it.

    Args:
        name: Of the row, for example ``mnist-mnistm``.
        title: One line for a reader.
        needs: Data sets, and weights, that must be at hand.
        where: Table and page of the published figures, and which version of the paper.
        note: Where this departs from the paper.
        cited: Where the published figure of a method is from, where that is not ``where``.
        minutes: Expected, on two cores without a GPU; 0 where that was never run.
        config: The benchmark.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    where: str
    note: str
    cited: dict[str, str]
    minutes: float
    config: dict[str, Any]

    @property
    def published(self) -> dict[str, float]:
        """The paper's target accuracies by method, in percent."""
        return dict(self.config.get('published') or {})


@dataclass(frozen=True, slots=True)
class Recipe:
    """The experiments of one paper, or of one protocol that several papers share.

    Args:
        name: What ``dann reproduce`` calls it.
        title: Of the paper.
        paper: Authors, venue, year.
        url: Its address.
        note: What holds for every row.
        rows: The experiments by name.
    """

    name: str
    title: str
    paper: str
    url: str
    note: str
    rows: dict[str, Experiment]

    def chosen(self, names: list[str] | None) -> dict[str, Experiment]:
        """Return the experiments called ``names``, all of them for ``None``.

        Raises:
            UserError: There is no such row.
        """
        for name in names or ():
            if name not in self.rows:
                raise unknown('row', name, self.rows)
        return {name: row for name, row in self.rows.items() if names is None or name in names}


def recipe(name: str) -> Recipe:
    """Return a committed recipe by its name.

    Raises:
        UserError: No such recipe, or one that lacks what a recipe must say.
    """
    if name not in (known := configs.names('recipes')):
        raise unknown('recipe', name, known)
    config = configs.load_recipe(name)
    for key in config:
        if key not in KEYS:
            raise unknown('key', str(key), KEYS)
    if lacking := [key for key in ('title', 'paper', 'url', 'rows') if not config.get(key)]:
        raise UserError(f'recipe {name} has no `{lacking[0]}:`; add it')
    shared = mapping('shared', config.get('shared'))
    rows = {key: _experiment(key, mapping(key, row), shared) for key, row in config['rows'].items()}
    return Recipe(name, config['title'], config['paper'], config['url'], config.get('note', ''), rows)


def recipes() -> list[Recipe]:
    """Return every committed recipe, by name."""
    return [recipe(name) for name in configs.names('recipes')]


def _experiment(name: str, row: Mapping[str, Any], shared: Mapping[str, Any]) -> Experiment:
    base = configs.load(row['benchmark']) if 'benchmark' in row else {}
    whole = merge(merge(base, shared), {key: value for key, value in row.items() if key != 'benchmark'})
    about = {key: whole.pop(key, None) for key in ROW_KEYS}
    return Experiment(
        name=name,
        title=str(whole.get('title', name)),
        needs=tuple(about['needs'] or ()),
        where=str(about['where'] or ''),
        note=str(about['note'] or ''),
        cited=dict(about['cited'] or {}),
        minutes=float(about['minutes'] or 0),
        config=expanded(whole),
    )


def listing() -> list[list[str]]:
    """Return every recipe's rows below a heading, with the data that each needs and the minutes that it took."""
    rows = [
        [
            each.name,
            row.name,
            f'{row.minutes:.0f}' if row.minutes else 'not run',
            ', '.join(row.needs),
            row.title,
        ]
        for each in recipes()
        for row in each.rows.values()
    ]
    return [['recipe', 'row', 'minutes', 'needs', 'what'], *rows]
