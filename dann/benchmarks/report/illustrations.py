"""The report's figures, each with a caption and a text for readers who cannot see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dann.benchmarks.report.mistakes import Missed
from dann.benchmarks.report.strips import Strip
from dann.benchmarks.report.table import Row, Table
from dann.benchmarks.results.opened import Results
from dann.reporting.notation import percent
from dann.reporting.palette import Drawn


@dataclass(frozen=True, slots=True)
class Illustration:
    """One figure.

    Args:
        name: Its file's name without the suffix, and its anchor in the report.
        heading: What it is about.
        alt: What is to be seen, for a reader who cannot see it.
        caption: How to read it.
        drawn: The figure in every format; ``None`` where the jobs did not leave what it needs.
        dark: The same as a PNG for a dark page, where its drawing instructions would be too long for one.
        strips: Rows of images that the page shows in place of the figure.
        missed: Mistakes that the page shows in place of the figure.
        says: What it shows, in a sentence.
    """

    name: str
    heading: str
    alt: str
    caption: str
    drawn: Drawn | None
    dark: bytes | None = None
    strips: tuple[Strip, ...] = ()
    missed: tuple[Missed, ...] = ()
    says: str = ''


def illustrate(results: Results, table: Table) -> list[Illustration]:
    """Return the figures in the order of the report."""
    from dann.benchmarks.report.pictures import class_names

    pictures = [_domains(results, table), *_contact(results), _features(results, table)]
    if results.unlabelled:
        return pictures
    classes = class_names(results, table)
    return [
        *_differences(table),
        _accuracy(table),
        *_forgetting(table),
        *_classes(results, table, classes),
        *_mistakes(results, table, classes),
        _confusion(results, table, classes),
        *pictures,
        _scores(results, table),
    ]


def _differences(table: Table) -> list[Illustration]:
    from dann.benchmarks.report.differences import target_chart

    drawn = target_chart(table)
    if drawn is None:
        return []
    values = _values((row, percent(table.main(row).difference, signed=True)) for row in table.adapted)
    return [
        Illustration(
            'differences',
            'What helped',
            f'Intervals of the difference from source-only in points of target test {table.metric}: {values}.',
            f'Dots: mean difference over seeds, paired by seed, at the evaluation chosen by {table.rule}. Lines: 95 % '
            'Student-t interval; one that leaves the axis goes on. Filled: the interval excludes zero. Dashed: '
            'source-only.',
            drawn,
        )
    ]


def _accuracy(table: Table) -> Illustration:
    from dann.benchmarks.report.figures import accuracy_chart

    values = _values((row, percent(table.main(row).accuracy)) for row in table.rows)
    return Illustration(
        'accuracy',
        'Accuracy on the target',
        f'Bars of target test {table.metric} in percent: {values}.',
        f'Bars: mean over seeds at the evaluation chosen by {table.rule}. Dots: single seeds. Whiskers: 95 % '
        'Student-t interval, which may go on beyond the axis. Hatched: trained with target labels.',
        accuracy_chart(table),
    )


def _forgetting(table: Table) -> list[Illustration]:
    from dann.benchmarks.report.differences import source_chart
    from dann.benchmarks.report.opening import lost

    drawn = source_chart(table)
    if drawn is None:
        return []
    base = table.main(table.baseline).source_accuracy if table.baseline else None
    values = _values((row, percent(table.main(row).source_difference, signed=True)) for row in table.adapted)
    return [
        Illustration(
            'forgetting',
            'What the source lost',
            f'Intervals of the difference from source-only in points of source test {table.metric}: {values}.',
            f'As above, on test images of the source, of which source-only has {percent(base)} % right. Left of zero, '
            'adaptation has cost accuracy there.',
            drawn,
            says=lost(table),
        )
    ]


def _classes(results: Results, table: Table, classes: list[str]) -> list[Illustration]:
    from dann.benchmarks.report.per_class import class_changes, class_chart, in_words, shown

    changes = class_changes(results, table, classes)
    if not changes or table.best is None:
        return []
    method, drawn = table.best.method, shown(changes)
    values = ', '.join(f'{each.name} {100 * each.before:.1f} to {100 * each.after:.1f}' for each in drawn)
    some = (
        ''
        if len(drawn) == len(changes)
        else f' Of {len(changes)} classes the {len(drawn)} that changed most.'
    )
    return [
        Illustration(
            'classes',
            'What changed class by class',
            f'Share of test images that are right by class, source-only to {method}, in percent: {values}.',
            f'Hollow: source-only; filled: {method}; beside it the change in points. Target test split at the last '
            f'step, over all common seeds.{some}',
            class_chart(changes, method),
            says=in_words(changes, method),
        )
    ]


def _mistakes(results: Results, table: Table, classes: list[str]) -> list[Illustration]:
    from dann.benchmarks.report.mistakes import mistake_sheet, mistakes

    missed = mistakes(results, table, classes)
    if not missed or table.best is None:
        return []
    return [
        Illustration(
            'mistakes',
            'What is still wrong',
            f'Target test images that {table.best.method} gets wrong, by true class: '
            f'{", ".join(each.name for each in missed)}.',
            f'{table.best.method}, first seed, last step: of each class the test images that it gets wrong with most '
            'confidence. Below each the class that it names, and how probable it holds that.',
            mistake_sheet(missed),
            missed=tuple(missed),
        )
    ]


def _domains(results: Results, table: Table) -> Illustration:
    from dann.benchmarks.report.strips import domain_strips, sheet_of

    strips = domain_strips(results, table)
    return Illustration(
        'domains',
        'What the domains look like',
        f'Rows of sample images from {table.source} and {table.target}, and source images after each style.',
        'Sample images, enlarged without smoothing. A row "source by" is the row "source" after the style '
        'of that method.',
        sheet_of(strips) if strips else None,
        strips=tuple(strips),
    )


def _contact(results: Results) -> list[Illustration]:
    from dann.benchmarks.report.strips import contact_strips, sheet_of

    strips = contact_strips(results)
    if not strips:
        return []
    return [
        Illustration(
            'contact',
            'The same scenes under other conditions',
            'Rows of images: each column is one scene, rendered under the conditions that its row names.',
            'One scene a column and one class after another. None of these scenes is in any split.',
            sheet_of(strips),
            strips=tuple(strips),
        )
    ]


def _features(results: Results, table: Table) -> Illustration:
    from dann.benchmarks.report.pictures import feature_map

    names = _names(table.baseline, table.best)
    drawn, dark = feature_map(results, table) or (None, None)
    return Illustration(
        'features',
        'Features before and after adaptation',
        f'Scatter plots of source and target features of {names}, coloured by domain and by class.',
        'The two principal components of both domains together, fitted for each network on its own; last '
        'step, first seed. Circles are source, triangles target. Labels colour the right-hand panels only'
        f'{", from which the target, without any, is left out" if results.unlabelled else ""}.',
        drawn,
        dark=dark,
    )


def _confusion(results: Results, table: Table, classes: list[str]) -> Illustration:
    from dann.benchmarks.report.pictures import confusion_matrices

    names = _names(table.baseline, table.best, table.ceiling)
    return Illustration(
        'confusion',
        'Which classes are confused',
        f'Confusion matrices of {names} on the target test split.',
        f'Target test split at the last step, summed over seeds, each row in percent of its true class. '
        f'Shown: source-only, the adapted method with the highest mean by {table.rule}, and the ceiling.',
        confusion_matrices(results, table, classes),
    )


def _scores(results: Results, table: Table) -> Illustration:
    from dann.benchmarks.report.curves import curve_rows, score_curves

    shown = curve_rows(table)
    chosen = f' Of {len(table.rows)} rows these are drawn: source-only, the ceiling, and the row of each family with '
    chosen += f'the highest mean by {table.rule} ({_names(*shown)}).'
    return Illustration(
        'scores',
        'Scores over time',
        'Line plots of scores against the training step, one line a method.',
        'Mean over seeds; bands: 95 % Student-t interval, which may go on beyond the axis. A panel named oracle reads '
        'target labels; a panel named val does not and may choose a '
        f'model: of many such scores the one of {table.rule} and a few more are drawn.'
        f'{chosen if len(shown) < len(table.rows) else ""}',
        score_curves(results.records, table),
    )


def _values(rows: Iterable[tuple[Row, str]]) -> str:
    return ', '.join(f'{row.method} {text}' for row, text in rows)


def _names(*rows: Row | None) -> str:
    return ', '.join(row.method for row in rows if row is not None)
