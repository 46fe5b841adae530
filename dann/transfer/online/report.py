"""What came of streams that passed: accuracy of the predictions made at the moment, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dann.methods.online.chosen import FIRST
from dann.reporting.markdown import inert, pipes
from dann.reporting.notation import ABSENT, about_spread, percent
from dann.stats.intervals import Estimate, estimate, paired
from dann.transfer.online.stream import WHOLE, Stream

Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One method.

    Args:
        method: As it was named.
        scores: Of each seed, by ``online`` and the names of the segments; ``None`` where there are no labels.
        seconds: That each pass took, from the first batch to the last prediction.
    """

    method: str
    scores: list[Scores | None]
    seconds: list[float]

    def of(self, name: str) -> dict[int, float]:
        """Return the accuracies by seed of ``online``, or of a segment by its name."""
        return {seed: scores[name] for seed, scores in enumerate(self.scores) if scores is not None}


@dataclass(frozen=True, slots=True)
class OnlineReport:
    """Methods on the same streams.

    Args:
        streams: One a seed, all of one protocol.
        models: The networks in words, each once.
        networks: How many there were; stream ``i`` passed network ``i``, and the first again after the last.
        rows: One a method.
    """

    streams: tuple[Stream, ...]
    models: tuple[str, ...]
    networks: int
    rows: tuple[Row, ...]

    @property
    def segments(self) -> list[str]:
        """Names of the segments."""
        return [each.name for each in self.streams[0].segments]

    def accuracy(self, row: Row, name: str = WHOLE) -> Estimate | None:
        """Return the accuracy of a row with its interval over seeds: of the stream, or of a segment by its name."""
        found = row.of(name)
        return estimate(list(found.values())) if found else None

    def gain(self, row: Row) -> Estimate | None:
        """Return the online accuracy minus that of the network as it is, paired by seed; ``None`` without that row."""
        baseline = next((each for each in self.rows if each.method == FIRST), None)
        return paired(row.of(WHOLE), baseline.of(WHOLE)) if baseline not in (None, row) else None

    def as_json(self) -> dict[str, Any]:
        """Return all figures in plain values."""
        stream = self.streams[0]
        return {
            'protocol': self.streams[0].protocol,
            'models': list(self.models),
            'networks': self.networks,
            'seeds': len(self.streams),
            'images': len(stream),
            'batches': len(stream.batches),
            'batch_size': max(map(len, stream.batches)),
            'segments': [{'name': each.name, 'images': len(each)} for each in stream.segments],
            'rows': [self._row(row) for row in self.rows],
        }

    def _row(self, row: Row) -> dict[str, Any]:
        return {
            'method': row.method,
            'online': _plain(self.accuracy(row)),
            'gain': _plain(self.gain(row)),
            'segments': {name: _plain(self.accuracy(row, name)) for name in self.segments},
            'runs': row.scores,
            'milliseconds_per_image': 1000 * sum(row.seconds) / len(self.streams) / len(self.streams[0]),
        }

    def as_markdown(self) -> str:
        """Return the table, and what its columns are."""
        return online_markdown(self.as_json())


def _plain(value: Estimate | None) -> dict[str, float | None] | None:
    if value is None:
        return None
    return {'mean': value.mean, 'deviation': value.deviation, 'half_width': value.half_width, 'n': value.n}


def online_markdown(found: dict[str, Any]) -> str:
    """Return the table of figures that ``as_json`` has made, and what its columns are, as Markdown.

    Args:
        found: As ``OnlineReport.as_json`` returns them.
    """
    names = [each['name'] for each in found['segments']]
    heading = ['method', 'online', f'vs {FIRST}', *(names if len(names) > 1 else []), 'ms/image']
    lines = [heading, *(_line(row, names) for row in found['rows'])]
    return f'{_about(found)}\n\n{pipes(lines)}\n\n{_columns(found)}\n'


def _line(row: dict[str, Any], names: Sequence[str]) -> list[str]:
    shown = [percent(_read(row['segments'][name])) for name in names] if len(names) > 1 else []
    gain = percent(_read(row['gain']), signed=True)
    return [
        row['method'],
        percent(_read(row['online'])),
        gain,
        *shown,
        f'{row["milliseconds_per_image"]:.1f}',
    ]


def _read(value: dict[str, Any] | None) -> Estimate | None:
    return None if value is None else Estimate(**value)


def _about(found: dict[str, Any]) -> str:
    networks, streams = _counted(found['networks'], 'network'), _counted(found['seeds'], 'stream')
    batches = _counted(found['batches'], 'batch', 'es')
    return inert(
        f'Protocol {found["protocol"]}: {streams} of {found["images"]} images in {batches} of at most '
        f'{found["batch_size"]}, past {networks}: {"; ".join(found["models"])}.'
    )


def _counted(count: int, noun: str, ending: str = 's') -> str:
    return f'{count} {noun}{ending * (count != 1)}'


def _columns(found: dict[str, Any]) -> str:
    if all(row['online'] is None for row in found['rows']):
        return f'A domain of the stream has no labels, so that there is no accuracy ({ABSENT}).'
    seeds = found['seeds']
    return (
        'Accuracy in percent of the predictions made when each batch came, before anything was learned from it; '
        f'`vs {FIRST}` is the difference from the network as it is, on the same streams. {about_spread(seeds, seeds)}'
    )
