"""Methods compared across the benchmarks of a suite: paired differences and ranks over blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from dann.benchmarks.results.selection import REPORTED
from dann.reporting.notation import BASELINE
from dann.stats import paired as paired_statistics
from dann.stats import ranks

if TYPE_CHECKING:
    from dann.benchmarks.report.table import Table

ENOUGH = 10  # benchmarks, from which on each is one block; with fewer, so is each of its seeds

Block = tuple[str, int | None]
Accuracies = dict[str, dict[Block, float]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One method over all blocks, under each benchmark's own rule.

    Args:
        method: The row's name.
        family: What kind of method it is.
        rank: Mean rank, 1 for the best.
        difference: Mean of its differences from source-only, a fraction; ``None`` for source-only, or without it.
        better: Blocks in which it is above source-only.
        worse: Blocks in which it is below.
        wilcoxon: p-value of Wilcoxon's signed-rank test over blocks.
        wilcoxon_holm: The same, corrected over the methods.
    """

    method: str
    family: str
    rank: float
    difference: float | None = None
    better: int = 0
    worse: int = 0
    wilcoxon: float | None = None
    wilcoxon_holm: float | None = None


@dataclass(frozen=True, slots=True)
class Across:
    """All methods that have a result in every block.

    Args:
        benchmarks: Names of the benchmarks.
        blocks: What ranks and differences are averaged over: (benchmark, seed), or (benchmark, ``None``).
        rows: The methods, the best mean rank first.
        friedman: Friedman's chi-squared and p-value; ``None`` with fewer than three methods.
        critical_difference: Nemenyi's at 5 %; ``None`` with fewer than three methods.
        left_out: Methods without a result in some block.
    """

    benchmarks: tuple[str, ...]
    blocks: tuple[Block, ...]
    rows: tuple[Ranked, ...]
    friedman: tuple[float, float] | None
    critical_difference: float | None
    left_out: tuple[str, ...]

    @property
    def ranks(self) -> dict[str, float]:
        """Mean rank by method, the best first."""
        return {row.method: row.rank for row in self.rows}

    @property
    def differ(self) -> bool:
        """Whether Friedman's test shows that the ranks differ, without which no two methods are told apart."""
        return self.friedman is not None and self.friedman[1] <= paired_statistics.LEVEL


def compare_across(tables: Mapping[str, Table]) -> Across | None:
    """Return the comparison over the benchmarks' ``tables`` by name.

    Rows that use target labels are no rivals and stay outside. With fewer than ten benchmarks a block is a seed
    of a benchmark: seeds of one benchmark share its data, so that such blocks are more alike than independent
    benchmarks would be, and p-values speak of these benchmarks rather than of others.

    Returns:
        ``None`` for fewer than two benchmarks, or where fewer than two methods have a result in every block.
    """
    accuracies = _accuracies(tables)
    blocks = _blocks(accuracies)
    values = {
        name: [found[block] for block in blocks]
        for name, found in accuracies.items()
        if found.keys() >= set(blocks)
    }
    if len(tables) < 2 or len(values) < 2:
        return None
    many = len(values) > 2
    return Across(
        benchmarks=tuple(tables),
        blocks=blocks,
        rows=_rows(values, _families(tables)),
        friedman=ranks.friedman(values) if many else None,
        critical_difference=ranks.critical_difference(len(values), len(blocks)) if many else None,
        left_out=tuple(name for name in accuracies if name not in values),
    )


def as_dict(across: Across) -> dict[str, Any]:
    """Return the comparison ready for JSON; fractions at full precision."""
    return {
        'benchmarks': list(across.benchmarks),
        'blocks': [list(block) for block in across.blocks],
        'methods': [asdict(row) for row in across.rows],
        'friedman': dict(zip(('statistic', 'p'), across.friedman, strict=True)) if across.friedman else None,
        'critical_difference': across.critical_difference,
        'left_out': list(across.left_out),
    }


def _accuracies(tables: Mapping[str, Table]) -> Accuracies:
    found: Accuracies = {}
    for name, table in tables.items():
        for row in table.rows:
            scores = {seed: record['scores'][REPORTED] for seed, record in table.main(row).chosen.items()}
            if row.uses_target_labels or not scores:
                continue
            own = found.setdefault(row.method, {})
            if len(tables) >= ENOUGH:
                own[name, None] = fmean(scores.values())
            else:
                own |= {(name, seed): score for seed, score in scores.items()}
    return found


def _blocks(accuracies: Accuracies) -> tuple[Block, ...]:
    """Return the blocks to compare in: those of source-only, or all where it did not run on every benchmark."""
    all_blocks = {block for each in accuracies.values() for block in each}
    baseline = set(accuracies.get(BASELINE, ()))
    everywhere = {name for name, _ in baseline} == {name for name, _ in all_blocks}
    found = baseline if everywhere else all_blocks
    return tuple(sorted(found, key=lambda block: (block[0], block[1] or 0)))


def _families(tables: Mapping[str, Table]) -> dict[str, str]:
    return {row.method: row.family for table in tables.values() for row in table.rows if row.family}


def _rows(values: Mapping[str, list[float]], families: Mapping[str, str]) -> tuple[Ranked, ...]:
    baseline = values.get(BASELINE)
    differences = {
        name: [x - y for x, y in zip(row, baseline or [], strict=True)]
        for name, row in values.items()
        if baseline and name != BASELINE
    }
    p_values = {name: paired_statistics.wilcoxon(each) for name, each in differences.items()}
    corrected = dict(zip(p_values, paired_statistics.holm(list(p_values.values())), strict=True))
    mean_ranks = ranks.average_ranks(values)
    rows = []
    for name in sorted(mean_ranks, key=mean_ranks.__getitem__):
        own = differences.get(name, [])
        rows.append(
            Ranked(
                method=name,
                family=families[name],
                rank=mean_ranks[name],
                difference=fmean(own) if own else None,
                better=sum(each > 0 for each in own),
                worse=sum(each < 0 for each in own),
                wilcoxon=p_values.get(name),
                wilcoxon_holm=corrected.get(name),
            )
        )
    return tuple(rows)
