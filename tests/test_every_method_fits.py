"""Every method trains from the command line on a built-in pair."""

from __future__ import annotations

from pathlib import Path

import pytest
from training import ALIGNMENTS, METHODS, SEVERAL, STYLES, TRAINING

from dann.cli import main


def chosen(name: str) -> list[str]:
    """The options that choose a method on the command line."""
    if name == 'Together':
        return ['--model.alignment', 'Together', '--model.alignment.alignments', '[DANN, CORAL]']
    if name in TRAINING:
        norm = getattr(TRAINING[name], 'needs_batch_norm', False)
        return ['--model', name, *(['--model.backbone.batch_norm', 'true'] if norm else [])]
    place = 'alignment' if name in ALIGNMENTS else 'style'
    assert name in ALIGNMENTS | STYLES
    return [f'--model.{place}', name]


@pytest.mark.slow
@pytest.mark.parametrize('name', METHODS)
def test_a_run_from_the_command_line_ends_well(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    short = [
        '--trainer.max_epochs',
        '2',
        '--data.steps_per_epoch',
        '2',
        '--trainer.enable_progress_bar',
        'false',
    ]
    config = 'many-sources' if name in SEVERAL else 'sim-to-real-scratch'
    assert main(['fit', '--config', config, *chosen(name), *short]) == 0
    assert (tmp_path / 'runs' / 'fit' / '000' / 'config.yaml').exists()
