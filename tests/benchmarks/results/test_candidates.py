"""The score that needs the predictions of all candidates."""

from pathlib import Path

import pytest
import torch
from benchmarks_fake import record, write_job

from dann.benchmarks.results.candidates import ENSEMBLE, with_ensemble
from dann.benchmarks.results.records import Record, read
from dann.benchmarks.running.kept_views import keep
from dann.core.views import View
from dann.validators.ensemble import agreement


def view(seed: int) -> View:
    logits = torch.randn(30, 4, generator=torch.Generator().manual_seed(seed)) * 3
    return View(torch.zeros(30, 2), logits)


def test_the_candidates_are_the_evaluations_of_all_rows_of_a_seed(tmp_path: Path) -> None:
    number = 0
    jobs: dict[Path, list[Record]] = {}
    expected: dict[tuple[str, int, int], float] = {}
    for seed in (0, 1):
        views = []
        for method in ('source_only', 'dann', 'mmd', 'target_supervised'):
            job = write_job(tmp_path, [record(method, seed, step) for step in (10, 20)], pictures=False)
            jobs[job] = read(job / 'records.jsonl')
            for step in (10, 20) if method != 'mmd' else (10,):
                number += 1
                keep(job, step, {'source_val': view(0), 'target_val': view(number)}, whole=False)
                if method != 'target_supervised':
                    views.append(((method, seed, step), view(number).probabilities.half().float()))
        scores = agreement([probabilities for _, probabilities in views], logits=False)
        expected |= {key: score for (key, _), score in zip(views, scores, strict=True)}
    found = {
        (each['method'], each['seed'], each['step']): each['scores'].get(ENSEMBLE)
        for each in with_ensemble(jobs)
    }
    assert {key: score for key, score in found.items() if score is not None} == pytest.approx(expected)
    assert len(expected) == 10
    assert len(set(expected.values())) > 3
    assert ENSEMBLE not in read(next(iter(jobs)) / 'records.jsonl')[0]['scores']
