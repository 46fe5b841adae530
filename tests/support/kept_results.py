"""Made-up results of two pairs, kept as the documents keep them."""

from __future__ import annotations

from pathlib import Path

from benchmarks_fake import write_folder

BASE = (0.40, 0.42, 0.41)
NEAR = {
    'source_only': BASE,
    'dann': (0.50, 0.53, 0.51),
    'cdan': (0.50, 0.52, 0.52),
    'mmd': (0.51, 0.53, 0.52),
    'coral': (0.46, 0.47, 0.46),
    'fda': (0.60, 0.62, 0.62),
    'reinhard': (0.30, 0.32, 0.31),
    'target_supervised': (0.90, 0.91, 0.92),
}
FAR = NEAR | {
    'dann': (0.30, 0.52, 0.41),
    'cdan': (0.35, 0.55, 0.51),
    'mmd': (0.41, 0.40, 0.40),
    'coral': (0.42, 0.40, 0.47),
}


def write_runs(runs: Path) -> None:
    """Write the folder of a benchmark for each pair."""
    for pair, values in (('day-to-night-scratch', NEAR), ('sim-to-real-scratch', FAR)):
        asked = {
            'title': f'From {pair}',
            'epochs': 4,
            'model': {'class_path': 'X'},
            'data': {'batch_size': 64},
        }
        write_folder(runs / pair, values, pictures=False, benchmark=asked)
