"""The pairs of the package, and that advice on them is what full training confirms."""

from __future__ import annotations

import json
from pathlib import Path

from advised import measured as pair

from dann.advising.measured import measured


def test_pairs_are_read_as_they_are_kept(tmp_path: Path) -> None:
    known = pair('far', source_only=0.5, mmd=0.7)
    kept = [{'name': 'far', 'figures': known.figures.as_json(), 'outcome': known.outcome.as_json()}]
    (tmp_path / 'pairs.json').write_text(json.dumps(kept))
    assert measured(tmp_path / 'pairs.json') == (known,)
    assert measured(tmp_path / 'none.json') == ()
