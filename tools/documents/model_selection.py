"""The page on the choice of models: which score chooses them, and the evidence for it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from dann.benchmarks.comparison.judging import RuleEvaluation, correlation
from dann.benchmarks.comparison.leave_one_out import CRITERIA, cost
from dann.benchmarks.comparison.rankings import POOLED, READING, grid, ranked
from dann.benchmarks.results.guard import SUFFIX
from dann.benchmarks.results.selection import LAST
from dann.core.registry import registered
from dann.core.shown import shown
from dann.engine.catalogue import cited, summary
from dann.reporting.markdown import pipes
from dann.reporting.notation import ABSENT, percent, points
from dann.stats.intervals import estimate
from dann.validators import Validator
from tools.documents.docstrings import markdown
from tools.documents.measured import date, minutes
from tools.documents.rankings import Evidence

BASELINE = 'val/source_accuracy'
HEAD = """# Choosing a model without target labels

Written by `make docs` from `docs/results/model-selection.json`: an edit here is lost. To judge the rules on records of
your own: `dann validators DIR ...`; to write this page anew: `python -m tools.documents --rankings DIR ...`. Target
labels are read here to say which rule deserves trust. They decide the default rule and nothing else: no run, no
checkpoint and no hyper-parameter was chosen by them. (The guard's floor was moved once, after they had been read on the
two pairs of the catalogue and on no other benchmark.) In these records `val/mmd` is that of version 0.1.0: the mean of
five Gaussian kernels under the median heuristic, where it is now their sum under the mean distance.
"""
SCORES = """## The scores

Each is computed on the validation splits at every evaluation, whole or, where the docstring gives a number, on a seeded
sample of so many. Higher is better. `+guard` behind a name passes over checkpoints that have collapsed: entropy of the
mean target prediction below half of log C, or source accuracy below half of the best candidate's. `val/ensv` is the
share of target samples on which a candidate predicts what the mean of all candidates of a seed does
([EnsV](https://openreview.net/forum?id=rI7kbFTSpr)); it needs all of them and is computed after the fact.
"""


def model_selection(found: Evidence | None, default: str) -> str:
    """Return the page as Markdown.

    Args:
        found: The kept figures.
        default: The rule that the project's benchmarks choose by.
    """
    if found is None:
        return f'{HEAD}\nNot measured yet.\n\n{_scores()}'
    parts = [
        HEAD,
        _default(found, default),
        _held_out(found, default),
        _findings(found, default if _known(found, default) else BASELINE),
        _tables(found),
        _scores(),
        _origins(found),
    ]
    return '\n'.join(parts)


def _default(found: Evidence, default: str) -> str:
    count = len(found.benchmarks)
    chosen = '; '.join(
        f'by {criterion} `{rule}` ({_figures(found, rule)})' for criterion, rule in found.chosen.items()
    )
    if not _known(found, default):
        return f'## The default: `{default}`\n\nIt has no score in these records. Best on all of them: {chosen}.\n'
    better = {name: _better(found, default, measure) for name, measure in CRITERIA.items()}
    named = '; '.join(f'by {name} {", ".join(rules) or "none"}' for name, rules in better.items())
    stays = 'so it stays' if not any(better.values()) else 'which is a reason to change it'
    return (
        f'## The default: `{default}`\n\n'
        f'On these {count} benchmarks: {_figures(found, default)}. Best on all of them, read off the same records: '
        f'{chosen}.\n\n'
        'A default is changed for a rule that is better than it beyond the 95 % interval of the paired difference over '
        f'benchmarks ({count} of them, so a wide one). Such rules: {named}; {stays}.\n'
    )


def _figures(found: Evidence, rule: str) -> str:
    each = _pooled(found, rule)
    text = (
        f'regret {percent(each.checkpoint)} points for a checkpoint and {percent(each.method)} for a method'
    )
    return text + (f', weighted Spearman {correlation(each.weighted)}' if each.weighted else '')


def _better(found: Evidence, default: str, measure: Callable[[RuleEvaluation], float]) -> list[str]:
    """Return the rules that are better than the default beyond the interval over benchmarks."""
    names = []
    for rule in sorted({each.rule for each in _everywhere(found)} - {default}):
        pairs = [(found.of(name, rule), found.of(name, default)) for name in _names(found)]
        differences = [measure(one) - measure(two) for one, two in pairs if one and two]
        if len(differences) < len(pairs) or not all(map(math.isfinite, differences)):
            continue
        difference = estimate(differences)
        if difference.mean < 0 and difference.excludes_zero:
            names.append(f'`{rule}`')
    return names


def _held_out(found: Evidence, default: str) -> str:
    fixed = [default, BASELINE, LAST]
    sizes = {each['name']: each['candidates'] // each['seeds'] for each in found.benchmarks}
    lines = [
        ['left out', 'candidates', *(f'chosen by {name}' for name in CRITERIA), *fixed, 'best rule there']
    ]
    for benchmark in _names(found):
        best = min(found.rankings[benchmark], key=lambda each: (cost(each), each.rule))
        chosen = [found.held_out[name][benchmark] for name in CRITERIA]
        lines.append(
            [
                benchmark,
                str(sizes[benchmark]),
                *(f'`{rule}` {_cost(found.of(benchmark, rule))}' for rule in chosen),
                *(_cost(found.of(benchmark, rule)) for rule in fixed),
                f'`{best.rule}` {points(cost(best))}',
            ]
        )
    columns = [
        *(found.held_out[name] for name in CRITERIA),
        *(dict.fromkeys(_names(found), rule) for rule in fixed),
    ]
    lines.append(['mean', '', *(_mean_cost(found, rules) for rules in columns), ''])
    return (
        '## Chosen on all benchmarks but one\n\n'
        'A rule is chosen on all other benchmarks, by the lowest mean of its two regrets or by the highest weighted '
        'Spearman; the number behind it is the mean of its two regrets on the one left out, in points of target test '
        f'accuracy. Benchmarks count the same, whatever the number of candidates of a seed.\n\n{pipes(lines, shown)}\n'
    )


def _mean_cost(found: Evidence, rules: Mapping[str, str]) -> str:
    judged = [found.of(benchmark, rule) for benchmark, rule in rules.items()]
    known = [cost(each) for each in judged if each is not None]
    return points(fmean(known)) if len(known) == len(judged) else ABSENT


def _cost(each: RuleEvaluation | None) -> str:
    return ABSENT if each is None else points(cost(each))


def _taken(each: RuleEvaluation) -> str:
    counts = Counter(each.methods).most_common()
    return ', '.join(f'{method} ({count} of {len(each.methods)} seeds)' for method, count in counts)


def _findings(found: Evidence, default: str) -> str:
    plain = [each for each in _everywhere(found) if not each.rule.endswith(SUFFIX) and each.rule != LAST]
    baseline = _pooled(found, BASELINE)
    better = [each for each in plain if cost(each) < cost(baseline)]
    negative = [each for each in plain if each.weighted is not None and each.weighted.mean < 0]
    harmful = sorted(plain, key=lambda each: -each.worst)[:3]
    helped = [(each, other) for each in plain if (other := _guarded(found, each.rule))]
    saved = sorted(helped, key=lambda pair: cost(pair[1]) - cost(pair[0]))[:3]
    hurt = [pair for pair in helped if cost(pair[1]) > cost(pair[0])]
    lines = [
        f'Choosing the method too, `{default}` takes {_taken(_pooled(found, default))}. A score favours the method '
        'that trains on it.',
        f'{len(better)} of {len(plain)} scores cost less than source accuracy ({points(cost(baseline))} points): '
        f'{_named(better)}.',
        f'Negative weighted rank correlation with target accuracy in the mean: {_named(negative)}.',
        'The worst choices of a method: '
        + ', '.join(f'`{each.rule}` loses up to {points(each.worst)} points' for each in harmful)
        + '.',
        'The collapse guard helps most: '
        + ', '.join(f'`{one.rule}` from {points(cost(one))} to {points(cost(two))}' for one, two in saved)
        + f'; it makes {len(hurt)} of {len(helped)} scores worse.',
    ]
    return '## What it shows\n\n' + '\n'.join(f'- {line}' for line in lines) + '\n'


def _named(judged: Sequence[RuleEvaluation]) -> str:
    ordered = sorted(judged, key=lambda each: (cost(each), each.rule))
    return ', '.join(f'`{each.rule}` {points(cost(each))}' for each in ordered) or 'none'


def _tables(found: Evidence) -> str:
    blocks = [f'## Every rule\n\n{READING}\n']
    for name, judged in found.rankings.items():
        blocks.append(f'### {name[:1].upper()}{name[1:]}\n\n{pipes(grid(ranked(judged, "weighted")))}\n')
    return '\n'.join(blocks)


def _scores() -> str:
    """List every score with what it is and where it comes from, from the docstrings."""
    lines = [['score', 'what it is', 'paper']]
    for kind in sorted(registered(Validator, 'dann.validators').values(), key=lambda kind: kind.name):
        title, url = cited(kind)
        what = markdown(re.sub(r'[,:]? :math:`[^`]*`', '', summary(kind)))
        lines.append([f'`val/{kind.name}`', what, f'[{title}]({url})' if url else title or ABSENT])
    return f'{SCORES}\n{pipes(lines, shown)}\n'


def _origins(found: Evidence) -> str:
    lines = [_origin(each) for each in found.benchmarks]
    return '## Where the records come from\n\n' + '\n'.join(lines) + '\n'


def _origin(each: Any) -> str:
    run, again = each['run'], each['run'].get('rescored')
    scored = f'; scores computed again at commit {again["commit"]}' if again else ''
    return (
        f'- {each["name"]}: {each["source"]} → {each["target"]}; {each["rows"]} rows without target labels, '
        f'{each["seeds"]} seeds, {each["candidates"]} evaluations of {each["steps"]}-step runs; `{run["command"]}`, '
        f'{date(run)}, {minutes(run)} on {run["machine"]}, commit {run["commit"]}{scored}.'
    )


def _names(found: Evidence) -> list[str]:
    return [name for name in found.rankings if name != POOLED]


def _known(found: Evidence, rule: str) -> bool:
    return any(each.rule == rule for each in _everywhere(found))


def _everywhere(found: Evidence) -> Sequence[RuleEvaluation]:
    return found.rankings.get(POOLED) or next(iter(found.rankings.values()))


def _pooled(found: Evidence, rule: str) -> RuleEvaluation:
    return next(each for each in _everywhere(found) if each.rule == rule)


def _guarded(found: Evidence, rule: str) -> RuleEvaluation | None:
    return next((each for each in _everywhere(found) if each.rule == rule + SUFFIX), None)
