"""The report's figures, each with a caption and a text for readers who cannot see it."""

from __future__ import annotations

from dataclasses import dataclass

from dann.benchmarks.report.table import Row, Table
from dann.benchmarks.results.opened import Results
from dann.reporting.notation import percent


@dataclass(frozen=True, slots=True)
class Illustration:
    """One figure.

    Args:
        name: Its file's name without the suffix, and its anchor in the report.
        heading: What it is about.
        alt: What is to be seen, for a reader who cannot see it.
        caption: How to read it.
        png: The figure; ``None`` where the jobs did not leave what it needs.
        svg: The same as drawing instructions, where that is worth having.
    """

    name: str
    heading: str
    alt: str
    caption: str
    png: bytes | None
    svg: bytes | None = None


def illustrate(results: Results, table: Table) -> list[Illustration]:
    """Return the figures in the order of the report."""
    pictures = [_domains(results, table), *_contact(results), _features(results, table)]
    if results.unlabelled:
        return pictures
    return [
        _accuracy(table),
        *pictures,
        _confusion(results, table),
        _scores(results, table),
    ]


def _accuracy(table: Table) -> Illustration:
    from dann.benchmarks.report.figures import accuracy_chart

    drawn = accuracy_chart(table)
    values = ', '.join(f'{row.method} {percent(table.main(row).accuracy)}' for row in table.rows)
    return Illustration(
        'accuracy',
        'Accuracy on the target',
        f'Bars of target test {table.metric} in percent: {values}.',
        f'Bars: mean over seeds at the evaluation chosen by {table.rule}. Dots: single seeds. Whiskers: 95 % '
        'Student-t interval. Hatched: trained with target labels.',
        drawn['png'],
        drawn['svg'],
    )


def _domains(results: Results, table: Table) -> Illustration:
    from dann.benchmarks.report.pictures import domain_sheet

    return Illustration(
        'domains',
        'What the domains look like',
        f'Rows of sample images from {table.source} and {table.target}, and source images after each style.',
        'Sample images, enlarged without smoothing. A row "source by" is the row "source" after the style '
        'of that method.',
        domain_sheet(results, table),
    )


def _contact(results: Results) -> list[Illustration]:
    from dann.benchmarks.report.pictures import contact_sheet

    png = contact_sheet(results)
    return (
        []
        if png is None
        else [
            Illustration(
                'contact',
                'The same scenes under other conditions',
                'Rows of images: each column is one scene, rendered under the conditions that its row names.',
                'One scene a column and one class after another. None of these scenes is in any split.',
                png,
            )
        ]
    )


def _features(results: Results, table: Table) -> Illustration:
    from dann.benchmarks.report.pictures import feature_map

    names = _names(table.baseline, table.best)
    return Illustration(
        'features',
        'Features before and after adaptation',
        f'Scatter plots of source and target features of {names}, coloured by domain and by class.',
        'The two principal components of both domains together, fitted for each network on its own; last '
        'step, first seed. Circles are source, triangles target. Labels colour the right-hand panels only'
        f'{", from which the target, without any, is left out" if results.unlabelled else ""}.',
        feature_map(results, table),
    )


def _confusion(results: Results, table: Table) -> Illustration:
    from dann.benchmarks.report.pictures import confusion_matrices

    names = _names(table.baseline, table.best, table.ceiling)
    return Illustration(
        'confusion',
        'Which classes are confused',
        f'Confusion matrices of {names} on the target test split.',
        f'Target test split at the last step, summed over seeds, each row in percent of its true class. '
        f'Shown: source-only, the adapted method with the highest mean by {table.rule}, and the ceiling.',
        confusion_matrices(results, table),
    )


def _scores(results: Results, table: Table) -> Illustration:
    from dann.benchmarks.report.figures import curve_rows, score_curves

    shown = curve_rows(table)
    chosen = f' Of {len(table.rows)} rows these are drawn: source-only, the ceiling, and the row of each family with '
    chosen += f'the highest mean by {table.rule} ({_names(*shown)}).'
    return Illustration(
        'scores',
        'Scores over time',
        'Line plots of scores against the training step, one line a method.',
        'Mean over seeds. A panel named oracle reads target labels; a panel named val does not and may choose a '
        f'model: of many such scores the one of {table.rule} and a few more are drawn.'
        f'{chosen if len(shown) < len(table.rows) else ""}',
        score_curves(results.records, table),
    )


def _names(*rows: Row | None) -> str:
    return ', '.join(row.method for row in rows if row is not None)
