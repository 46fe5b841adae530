"""Reads a run of Weights & Biases back from its ``.wandb`` file: a log in LevelDB's format, of protobuf records."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

HEADER, BLOCK, FRAME = 7, 32768, 7  # bytes before the first record, of a block, before a piece of a record
WHOLE, LAST = 1, 4  # kinds of pieces that end a record


@dataclass
class Kept:
    """What a file says of its run.

    Args:
        run: Its record.
        config: What it began with.
        history: Rows by step.
        rows: How many rows the history has.
        summary: The last value of each key.
        exit_code: ``None`` for a run that was not finished.
    """

    run: Any = None
    config: dict[str, Any] = field(default_factory=dict)
    history: dict[int, dict[str, Any]] = field(default_factory=dict)
    rows: int = 0
    summary: dict[str, Any] = field(default_factory=dict)
    exit_code: int | None = None


def kept(path: Path) -> Kept:
    """Return what a file says of its run."""
    protocol = import_module('wandb.proto.wandb_internal_pb2')

    found = Kept()
    for data in _records(path.read_bytes()):
        record = protocol.Record()
        record.ParseFromString(data)
        kind = record.WhichOneof('record_type')
        if kind == 'run' and found.run is None:
            found.run = record.run
            found.config = _values(record.run.config.update)
        elif kind == 'config':
            found.config |= _values(record.config.update)
        elif kind == 'history':
            row = _values(record.history.item)
            found.rows += 1
            found.history.setdefault(int(row.get('_step', record.history.step.num)), {}).update(row)
        elif kind == 'summary':
            found.summary |= _values(record.summary.update)
        elif kind == 'exit':
            found.exit_code = record.exit.exit_code
    return found


def _values(items: Any) -> dict[str, Any]:
    return {'/'.join(item.nested_key) or item.key: json.loads(item.value_json) for item in items}


def _records(data: bytes) -> Iterator[bytes]:
    at, pieces = HEADER, b''
    while at + FRAME <= len(data):
        left = BLOCK - at % BLOCK
        if left < FRAME:
            at += left
            continue
        _, length, kind = struct.unpack('<IHB', data[at : at + FRAME])
        pieces += data[at + FRAME : at + FRAME + length]
        at += FRAME + length
        if kind in (WHOLE, LAST):
            yield pieces
            pieces = b''
