"""Text is printed and written whatever the encoding, and JSON stays JSON."""

import io
import json
import sys

import pytest

from dann.reporting.escapes import escape_streams, escaping

NAMES = ['nuit\udce9', 'día', '猫', '🚗', 'a "quoted" \\ one']


def test_json_with_escapes_is_read_as_it_was() -> None:
    written = json.dumps(NAMES, ensure_ascii=False)
    for encoding in ('ascii', 'latin-1', 'utf-8'):
        assert json.loads(written.encode(encoding, escaping()).decode(encoding)) == NAMES


def test_only_what_has_no_place_is_escaped() -> None:
    assert 'día 猫'.encode('utf-8', escaping()) == 'día 猫'.encode()
    assert 'día\udce9'.encode('latin-1', escaping()) == b'd\xeda\\udce9'


def test_bytes_that_cannot_be_read_are_no_matter_of_this() -> None:
    with pytest.raises(UnicodeDecodeError):
        b'\xe9'.decode('utf-8', escaping())


def test_both_streams_print_any_text(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = [io.TextIOWrapper(io.BytesIO(), 'ascii') for _ in range(2)]
    monkeypatch.setattr(sys, 'stdout', streams[0])
    monkeypatch.setattr(sys, 'stderr', streams[1])
    escape_streams()
    for stream in streams:
        print('nuit\udce9', file=stream, flush=True)
        assert stream.buffer.getvalue() == b'nuit\\udce9\n'


def test_a_stream_of_another_kind_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'stdout', held := io.StringIO())
    escape_streams()
    print('nuit\udce9')
    assert held.getvalue() == 'nuit\udce9\n'
