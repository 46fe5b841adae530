"""The comparison across benchmarks as text, and sentences on how to read it."""

from __future__ import annotations

from dann.benchmarks.comparison.across import ENOUGH, Across, Ranked
from dann.benchmarks.report.significance_words import p_text
from dann.core.families import family_name
from dann.reporting.markdown import Grid
from dann.reporting.notation import ABSENT, VERSUS, points
from dann.stats.paired import LEVEL, pairs_to_reject, smallest_wilcoxon

DIAGRAM = 'figures/critical-difference'
LABELLED = 12  # methods that the diagram has room to name
HEADING = (
    *('method', 'family', 'mean rank', VERSUS, 'better : worse'),
    *('Wilcoxon p', 'Wilcoxon p (Holm)'),
)


def grid(across: Across) -> Grid:
    """Return mean ranks and pooled differences as text, the heading first."""
    return [list(HEADING), *(_line(row) for row in across.rows)]


def reading(across: Across) -> list[str]:
    """Return sentences on what the comparison shows and how far it can be trusted."""
    lines = [_blocks(across), _friedman(across)]
    if across.critical_difference is not None:
        lines += [_nemenyi(across), drawn(across)]
    if any(row.wilcoxon is not None for row in across.rows):
        lines.append(_wilcoxon(across))
    if across.left_out:
        lines.append(f'Left out, without a result in some block: {", ".join(across.left_out)}.')
    return lines


def labelled(across: Across) -> list[Ranked]:
    """Return the methods that the diagram names: all, or if there are many the best ones and source-only."""
    if len(across.rows) <= LABELLED:
        return list(across.rows)
    best = across.rows[:LABELLED]
    baseline = [row for row in across.rows[LABELLED:] if row.difference is None]
    return [*best[: LABELLED - len(baseline)], *baseline]


def drawn(across: Across) -> str:
    """Return a sentence that says where the diagram is and what it leaves out."""
    count, named = len(across.rows), len(labelled(across))
    text = f'Drawn in {DIAGRAM}.pdf, .svg and .png'
    if named == count:
        return f'{text}.'
    return f'{text}, which names {named} of the {count} methods, the best and source-only; the others are grey marks.'


def _line(row: Ranked) -> list[str]:
    compared = row.difference is not None
    return [
        row.method,
        family_name(row.family),
        f'{row.rank:.2f}',
        ABSENT if row.difference is None else points(row.difference, signed=True),
        f'{row.better} : {row.worse}' if compared else ABSENT,
        p_text(row.wilcoxon),
        p_text(row.wilcoxon_holm),
    ]


def _blocks(across: Across) -> str:
    count, benchmarks = len(across.blocks), len(across.benchmarks)
    if all(seed is None for _, seed in across.blocks):
        return f'A block is a benchmark, with accuracies averaged over seeds: {count} blocks.'
    return (
        f'A block is a seed of a benchmark: {count} blocks from {benchmarks} benchmarks. Seeds of one benchmark share '
        f'its data and are not independent, so the tests speak of these {benchmarks} benchmarks and are optimistic '
        f'about any other; from {ENOUGH} benchmarks on, each is one block.'
    )


def _friedman(across: Across) -> str:
    if across.friedman is None:
        return "Friedman's test and the critical difference compare at least three methods; here are two."
    statistic, p = across.friedman
    shown = 'ranks differ' if across.differ else 'no difference of ranks shown'
    text = (
        f"Friedman's test: chi-squared {statistic:.1f}, {len(across.rows) - 1} degrees of freedom, p "
        f'{_equals(p)}: {shown}'
    )
    few = len(across.blocks) <= 10
    return text + (
        ' (an approximation that wants more than 10 blocks; with fewer it rejects too rarely).'
        if few
        else '.'
    )


def _nemenyi(across: Across) -> str:
    methods, difference = len(across.rows), across.critical_difference or 0.0
    text = f"Nemenyi's critical difference at 5 % is {difference:.2f} ranks for {methods} methods"
    if not across.differ:
        return f"{text}, but as Friedman's test shows no difference, no two methods are told apart."
    if difference > methods - 1:
        return f'{text}, more than ranks can differ: with so few blocks no two methods can be told apart.'
    ordered = list(across.ranks.values())
    apart = sum(rank - ordered[0] >= difference for rank in ordered)
    return (
        f'{text}: methods whose mean ranks lie closer are not told apart. It tells {across.rows[0].method} apart '
        f'from {apart} of the other {methods - 1}.'
    )


def _wilcoxon(across: Across) -> str:
    n = len(across.blocks)
    methods = sum(row.wilcoxon is not None for row in across.rows)
    needed = pairs_to_reject(methods)
    kept = [row for row in across.rows if row.wilcoxon_holm is not None and row.wilcoxon_holm <= LEVEL]
    text = (
        f"Wilcoxon's signed-rank test pairs a method with source-only over the {n} blocks; its p-value cannot be below "
        f'{smallest_wilcoxon(n):.2g}'
    )
    if n < needed:
        return (
            f'{text}, and after correction for {methods} methods it cannot reject at 5 % with fewer than {needed} '
            'blocks, whatever the data.'
        )
    names = ', '.join(f'{row.method} ({"better" if (row.difference or 0) > 0 else "worse"})' for row in kept)
    return f'{text}. After correction it shows a difference for: {names or "none"}.'


def _equals(p: float) -> str:
    text = p_text(p)
    return text if text.startswith('<') else f'= {text}'
