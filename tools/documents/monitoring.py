"""The page of ``dann monitor`` and the errors that it names, from the figures of ``python -m tools.monitoring``."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

from dann.core.errors import RunError
from dann.reporting.json_text import json_text
from dann.reporting.markdown import Grid, pipes
from dann.reporting.notation import ABSENT, points
from dann.stats.intervals import proportion_interval
from dann.transfer.monitoring.plan import Plan
from dann.transfer.monitoring.spending import MOST
from tools.documents.measured import date, minutes

FILE = Path('results/monitoring.json')
PAIRS = {'night': 'street/day → street/night', 'real': 'digits/rendered → digits/handwritten'}
WITHIN = 200  # images in which an alarm is wanted
LATE = next(window for window in itertools.count(1) if not Plan().by_mmd(window))
HEAD = f"""# Monitor a deployed model

Written by `make docs` from `docs/results/monitoring.json`: an edit here is lost. To measure again: `python -m
tools.monitoring`, then `python -m tools.documents`.

`dann monitor MODEL REFERENCE BATCH ...` says whether new samples still look like those that a model was adapted to.
It needs no label of the target, and runs on whatever `dann predict` takes: folders and globs of images, `.npy`,
`.npz` and `.csv` files of features. The photographs are those of [the tutorial](../tutorials/own-photographs.md).

```console
$ mkdir reference today
$ cp photos/night/*/*[02468].jpg reference
$ cp photos/night/*/*[13579].jpg today
$ dann monitor runs/photos-day-to-night reference today --method mcc --html monitor.html
$ dann monitor runs/photos-day-to-night reference today --method mcc --labelled photos/day --json
```

**The reference** is unlabelled, of the target as it was, and best of samples that were *not* in training: those that
a network has seen, it may know, so that new ones look drifted (in the first table that made no difference). At least
20, some hundreds are better; of more than 1,000 as many are drawn (`--samples`).

**The tests.** A batch is cut into windows of `--window` samples (50) in the order of the names, so let names be
times; what is left at the end belongs to the last window. Each is compared with the reference on the features of the
bottleneck (a permutation test of the MMD) and on every feature and class probability by itself (exact
Kolmogorov-Smirnov tests, corrected by Holm). The output names what moved most, and has the share of each predicted
class: other shares of the classes are a drift too.

**The rate of false alarms** is that of the whole stream. Without drift, however long the stream is, the probability
of *any* alarm is at most `--level` (0.05), and of any warning, which comes sooner, at most `--warning` (0.2): window
k is tested at

```math
a_k = \\frac{{6}}{{\\pi^2}} \\frac{{\\alpha}}{{k^2}}, \\qquad \\sum_k a_k = \\alpha,
```

half of it for each of the two tests. This union bound holds whatever the windows have in common. It has a price: a
late window must move further than an early one (second table). From window {LATE} on, at the default level, the
permutation test would take more than {MOST:,} permutations, and the Kolmogorov-Smirnov tests have all of the level.
`--permutations N` sets their number, and is refused where it cannot reach the level. The rates hold where samples
come one by one as the reference did. Frames of one video, or a batch of one class after another, do not.
`--simulate 100` counts the alarms in streams that are drawn from the reference itself.

**For cron**, `--state FILE` keeps how many windows were seen, so that the next call goes on with the same level;
calls that share a file must not overlap. Delete it to begin a new stream, each month for example, whose level is then
that of a month. The status is 0 with and without an alarm, 1 where the run failed, 2 where the request cannot be
carried out, and with `--fail-on-alarm` 3 where there is an alarm:

```bash title="check.sh"
#!/bin/sh
dann monitor model.ckpt reference "new/$(date -I)" --state state.json \\
    --html monitor.html --overwrite --fail-on-alarm > report.txt
```

```text
0 6 * * *  cd /srv/photos && ./check.sh || mail -s 'monitor' ops@example.org < report.txt
```

**Accuracy** is estimated with `--labelled`: source samples with labels, in class folders or an `.npz` with `x` and
`y`, that were not in training (those of `photos/day` above were, so the estimates are too high there). ATC, DoC and
COT compare the confidence on a window with that on them. Without such samples there is no estimate, and the output
says so. How wrong they are stands in the third table; the output repeats it.

**A test of your own** is named by its dotted path, and shares what a window spends with the two:

```python title="my_test.py"
from scipy.stats import ks_2samp

from dann.transfer.monitoring import DriftTest


class Certainty(DriftTest):
    name = 'certainty'

    def p_value(self, reference, window, draw):
        before, now = (view.probabilities.max(dim=1).values.numpy() for view in (reference, window))
        return ks_2samp(before, now, method='exact').pvalue
```

```console
$ dann monitor runs/photos-day-to-night reference today --method mcc --tests my_test.Certainty
```

From Python:

```python
import dann
from dann.transfer.monitoring import Plan, monitor

model = dann.load('runs/photos-day-to-night', method='mcc')
report = monitor(model, 'reference', ['today'], plan=Plan(level=0.01, window=20))
print(report.verdict, [window.mmd for window in report.windows])
```

## Measured

"""
EMPTY = 'Nothing is measured yet.\n'
Content = Mapping[str, Any]
Lines = Sequence[Mapping[str, Any]]


def monitoring_page(folder: Path) -> str:
    """Return the page as Markdown.

    Args:
        folder: Of the documents, with the kept figures in ``results``.

    Raises:
        RunError: The file is corrupt.
    """
    content = read_monitoring(folder)
    if content is None:
        return HEAD + EMPTY
    try:
        parts = [_undrifted(content['undrifted']), _drifted(content), _estimates(content), _origin(content)]
    except (LookupError, TypeError, ValueError) as error:
        raise _corrupt(folder, error) from error
    return HEAD + '\n\n'.join(parts) + '\n'


def measured_text(folder: Path) -> str:
    """Return what the package keeps of the errors of the estimates, as JSON; empty where nothing is measured.

    Args:
        folder: As for ``monitoring_page``.
    """
    content = read_monitoring(folder)
    if content is None:
        return ''
    lines = content['estimates']
    pairs = ' and '.join(name.replace('→', 'to') for key, name in PAIRS.items() if _of(lines, pair=key))
    names = sorted(lines[0]['errors'])
    return json_text(
        {
            'pairs': pairs,
            'networks': len(lines),
            'window': content['plan']['window'],
            'windows': sum(len(line['errors'][names[0]]) for line in lines),
            'errors': {name: _error(lines, name) for name in names},
        }
    )


def read_monitoring(folder: Path) -> Content | None:
    """Return the kept figures; ``None`` where there are none yet.

    Raises:
        RunError: The file is corrupt.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        content: Content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise _corrupt(folder, error) from error
    return content


def _corrupt(folder: Path, error: Exception) -> RunError:
    return RunError(f'cannot read {folder / FILE} ({error}); write it anew with `python -m tools.monitoring`')


def _of(lines: Lines, **values: Any) -> Lines:
    return [line for line in lines if all(line[key] == value for key, value in values.items())]


def _share(count: int, total: int) -> str:
    low, high = proportion_interval(count, total)
    return f'{points(count / total)} ({points(low)} to {points(high)})'


def _undrifted(lines: Lines) -> str:
    grid: Grid = [
        ['pair', 'reference', 'streams', 'windows of each', 'with an alarm, %', 'with a warning, %']
    ]
    for name, pairs in [*((name, [pair]) for pair, name in PAIRS.items()), ('both', [*PAIRS])]:
        for reference in ('held out', 'training'):
            own = [line for pair in pairs for line in _of(lines, pair=pair, reference=reference)]
            streams, alarms, warned = (
                sum(line[key] for line in own) for key in ('streams', 'alarms', 'warnings')
            )
            counts = [f'{streams:,}', str(own[0]['windows'])]
            grid.append([name, reference, *counts, _share(alarms, streams), _share(warned, streams)])
    return (
        '### Streams without drift\n\n'
        'Random streams of target images that the network was not trained on, against others of them (held out) or '
        'against images that it was trained on (training); four networks a pair, source-only and DANN. The stated '
        'bounds are 5 and 20 %. Brackets: exact 95 % interval, of other draws from the same images.\n\n'
        + pipes(grid)
    )


def _drifted(content: Content) -> str:
    lines = content['drifted']
    calm = sorted({line['seen'] for line in lines})
    grid: Grid = [['night', *(head for seen in calm for head in _heads(seen, content['plan']['window']))]]
    for depth in sorted({line['severity'] for line in lines}):
        cells: list[str] = []
        for seen in calm:
            own = _of(lines, severity=depth, seen=seen)
            cells += _cells([each for line in own for each in line['until']])
        grid.append([f'{depth:g}', *cells])
    return (
        '### From dusk to night\n\n'
        'Networks that were adapted from day to dusk, a reference of 500 images at dusk, and streams of 400 images of '
        'a darker night, from 0 (dusk, no drift) to 1: at once, and after as many windows of dusk. `within '
        f'{WITHIN}`: streams with an alarm in their first {WITHIN} images; `images`: the median of those until the '
        'alarm, over all streams, with — where half have none in 400.\n\n' + pipes(grid)
    )


def _heads(seen: int, window: int) -> Iterator[str]:
    when = f'after {seen * window:,} images' if seen else 'at once'
    yield from (f'{when}: within {WITHIN}', 'images')


def _cells(until: Sequence[int | None]) -> list[str]:
    soon = sum(each is not None and each <= WITHIN for each in until)
    middle = median(float('inf') if each is None else each for each in until)
    return [f'{soon} of {len(until)}', ABSENT if middle == float('inf') else f'{middle:g}']


def _estimates(content: Content) -> str:
    lines = content['estimates']
    names = sorted(lines[0]['errors'])
    grid: Grid = [
        ['pair', 'accuracy', *(f'{name} on windows' for name in names), *(f'{name} on all' for name in names)]
    ]
    for pair, title in PAIRS.items():
        own = _of(lines, pair=pair)
        windows = [_cell(_error(own, name)) for name in names]
        whole = [points(fmean(abs(line['whole'][name] - line['accuracy']) for line in own)) for name in names]
        grid.append([title, points(fmean(line['accuracy'] for line in own)), *windows, *whole])
    return (
        '### Estimates of accuracy\n\n'
        f'Points between the estimate on a window of {content["plan"]["window"]} test images and the accuracy on it: '
        'mean absolute error (bias, worst); and the mean absolute error on the whole test split. The accuracy of 50 '
        f'images itself moves by some points. {_too_high(lines, names)}\n\n{pipes(grid)}'
    )


def _too_high(lines: Lines, names: Sequence[str]) -> str:
    high = [name for name in names if _error(lines, name)['bias'] > 0]
    return f'Too high in the mean, as of a model that is sure of its mistakes: {", ".join(high) or "none"}.'


def _cell(found: Mapping[str, float]) -> str:
    return f'{points(found["error"])} ({points(found["bias"], signed=True)}, {points(found["worst"])})'


def _error(lines: Lines, name: str) -> dict[str, float]:
    errors = [each for line in lines for each in line['errors'][name]]
    return {
        'error': round(fmean(map(abs, errors)), 6),
        'bias': round(fmean(errors), 6),
        'worst': max(map(abs, errors)),
    }


def _origin(content: Content) -> str:
    run = content['run']
    how = f'{date(run)}, {minutes(run)} besides training on {run["machine"]}, commit {run["commit"]}'
    return (
        f'`{run["command"]}`, {how}: source-only and DANN, two seeds each, of day-to-night-scratch, the same with '
        '`--severity 0`, and sim-to-real-scratch.'
    )
