"""Which trained networks of a run folder are taken; tests/commands/test_gap.py restores them."""

from pathlib import Path

import pytest
import torch
import yaml
from benchmarks_fake import history, write_folder, write_job
from harness import configuration

from dann.benchmarks.results.trained import load_module, trained_jobs
from dann.core.errors import RunError, UserError


def test_source_only_comes_first_and_each_row_with_its_lowest_seed(tmp_path: Path) -> None:
    write_folder(tmp_path, {'dann': [0.8, 0.8], 'source_only': [0.6, 0.6]}, pictures=False)
    write_job(tmp_path, history('mmd', 3, 0.7), pictures=False)
    found = trained_jobs(tmp_path)
    assert [(record['method'], record['seed']) for _, record in found] == [
        *(('source_only', 0), ('dann', 0), ('mmd', 3)),
    ]
    assert [job.name.split('-')[0] for job, _ in found] == ['source_only', 'dann', 'mmd']
    assert [record['method'] for _, record in trained_jobs(tmp_path, ['mmd', 'dann'])] == ['dann', 'mmd']


def test_an_unknown_row_has_a_suggestion(tmp_path: Path) -> None:
    write_folder(tmp_path, {'source_only': [0.6]}, pictures=False)
    with pytest.raises(UserError, match="unknown method 'source'; did you mean 'source_only'"):
        trained_jobs(tmp_path, ['source'])


def test_what_a_configuration_names_is_not_called(tmp_path: Path) -> None:
    job = write_job(tmp_path, history('dann', 0, 0.8), pictures=False)
    torch.save({}, job / 'weights.pt')  # as an earlier version wrote them, with nothing on the network
    planted = tmp_path / 'planted'
    optimizer = {'class_path': 'os.system', 'init_args': {'command': f'touch {planted}'}}
    config = configuration()
    config['model']['init_args']['optimizer'] = optimizer
    (job / 'config.yaml').write_text(yaml.safe_dump(config))
    with pytest.raises(RunError, match=r'does not say what network it is of.*run the benchmark again'):
        load_module(job)
    assert not planted.exists()


def test_a_job_without_weights_is_named(tmp_path: Path) -> None:
    job = write_job(tmp_path, history('dann', 0, 0.8), pictures=False)
    with pytest.raises(RunError, match=r'cannot restore the network of .*dann-seed0.*; delete that folder'):
        load_module(job)
