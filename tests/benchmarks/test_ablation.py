"""One choice at a time around adversarial methods, and the table of what each of them changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks_fake import write_folder
from harness import configuration, write

from dann.benchmarks import ablation
from dann.benchmarks.ablation import LEVELS, PROTOCOL, Choice, choices, main, report, with_option, written_out
from dann.core.errors import UserError
from dann.engine.experiment import ExperimentCLI

ADAM = {'class_path': 'torch.optim.Adam', 'init_args': {'lr': 0.002, 'betas': [0.5, 0.99]}}
METHODS = ('dann', 'mdd', 'wdgrl', 'bsp+dann', 'vada', 'mcd', 'coral')


def chosen(*levels: str, **model: Any) -> dict[str, Choice]:
    """Choices on the toy pair, whose model has further options."""
    config = configuration()
    config['model']['init_args'] |= model
    return choices('toy', config, METHODS, levels)


def plan(choice: Choice) -> Any:
    assert choice.plan is not None
    return choice.plan


def options(choice: Choice) -> dict[str, Any]:
    found: dict[str, Any] = plan(choice).model['init_args']
    return found


def test_the_protocol_is_the_pairs_and_a_choice_differs_in_one_thing() -> None:
    found = chosen(*LEVELS)
    assert [*found] == [PROTOCOL, *LEVELS]
    base = plan(found[PROTOCOL])
    assert [*base.methods] == ['source_only', *METHODS]
    for level, choice in found.items():
        if choice.plan is not None:
            for key in ('data', 'trainer', 'seeds', 'steps'):
                assert getattr(choice.plan, key) == getattr(base, key), level
            rows = choice.plan.methods.items()
            differ = [choice.plan.model != base.model, any(row != base.methods[name] for name, row in rows)]
            assert differ.count(True) == (level != PROTOCOL), level
            assert 'source_only' in choice.plan.methods


def test_an_optimiser_is_changed_for_all_rows_and_keeps_its_other_options() -> None:
    found = chosen('beta1=0.5', 'beta1=0.9', 'sgd_momentum=0.9', optimizer=ADAM)
    assert found['beta1=0.5'].plan is None  # as the pair has it
    assert options(found['beta1=0.9'])['optimizer']['init_args'] == {'lr': 0.002, 'betas': [0.9, 0.99]}
    assert options(found['sgd_momentum=0.9'])['optimizer']['init_args'] == {'lr': 0.01, 'momentum': 0.9}
    assert [*plan(found['beta1=0.9']).methods] == ['source_only', *METHODS]
    assert options(chosen('beta1=0.5')['beta1=0.5'])['optimizer']['init_args'] == {
        'lr': 0.001,
        'betas': [0.5, 0.999],
    }


@pytest.mark.parametrize(
    ('written', 'own'), [('none', 'none'), (False, 'none'), (True, 'batch'), ('layer', 'layer')]
)
def test_a_bottlenecks_norm_is_changed_unless_it_is_the_pairs(written: Any, own: str) -> None:
    found = chosen(
        *(f'bottleneck_norm={norm}' for norm in ('none', 'batch', 'layer')), bottleneck_norm=written
    )
    for norm in ('none', 'batch', 'layer'):
        choice = found[f'bottleneck_norm={norm}']
        assert (choice.plan is None) == (norm == own)
        assert choice.plan is None or options(choice)['bottleneck_norm'] == norm


def test_a_critics_option_is_changed_where_there_is_a_critic_that_takes_it() -> None:
    found = chosen('norm=none', 'norm=batch', 'dropout=0.5')
    assert [*plan(found['norm=none']).methods] == ['source_only', 'mcd']  # whose classifiers have batch norm
    assert set(found['norm=none'].has) == {'source_only', 'dann', 'mdd', 'wdgrl', 'bsp+dann', 'vada', 'mcd'}
    assert [*plan(found['norm=batch']).methods] == ['source_only', 'dann', 'mdd', 'bsp+dann', 'vada']
    assert [*plan(found['dropout=0.5']).methods] == [
        'source_only',
        'dann',
        'mdd',
        'wdgrl',
        'bsp+dann',
        'vada',
    ]
    both = plan(found['norm=batch']).methods['bsp+dann']['alignment']['init_args']['alignments']
    assert both == [
        {'class_path': 'DANN', 'init_args': {'norm': 'batch'}},
        {'class_path': 'BSP', 'init_args': {}},
    ]


def test_a_row_that_has_the_choice_already_is_not_run_again() -> None:
    found = chosen('weight=1', 'weight=0.1', 'gamma=10', 'schedule=constant')
    assert [*plan(found['weight=1']).methods] == ['source_only', 'mdd', 'wdgrl', 'vada']
    assert [*plan(found['weight=0.1']).methods] == ['source_only', 'dann', 'wdgrl', 'bsp+dann', 'vada', 'mcd']
    assert plan(found['weight=1']).methods['vada'] == {
        'class_path': 'VADA',
        'init_args': {'domain_weight': 1.0},
    }
    assert [*plan(found['gamma=10']).methods] == ['source_only', 'wdgrl']
    assert [*plan(found['schedule=constant']).methods] == ['source_only', 'dann', 'mdd', 'bsp+dann']


def test_an_option_that_a_row_gives_is_replaced() -> None:
    row = written_out({'alignment': {'class_path': 'DANN', 'init_args': {'weight': 0.3, 'entropy': True}}})
    changed = with_option(row, 'weight', 1.0)
    assert changed == {'alignment': {'class_path': 'DANN', 'init_args': {'weight': 1.0, 'entropy': True}}}
    assert row['alignment']['init_args']['weight'] == 0.3
    assert with_option(written_out({'style': 'FDA'}), 'weight', 1.0) is None


@pytest.mark.parametrize(
    ('methods', 'levels', 'said'), [(('dan',), (), "'dann'"), ((), ('norm=bach',), "'norm=batch'")]
)
def test_an_unknown_row_or_choice_gets_a_suggestion(methods: Any, levels: Any, said: str) -> None:
    with pytest.raises(UserError, match=f'did you mean {said}'):
        choices('toy', configuration(), methods, levels)


BASE = {'source_only': (0.60, 0.62, 0.64), 'dann': (0.78, 0.80, 0.85), 'mdd': (0.60, 0.63, 0.64)}
OTHER = {'source_only': (0.50, 0.52, 0.54), 'mdd': (0.60, 0.62, 0.64)}


def cells(text: str) -> dict[str, list[str]]:
    """The rows of a table in Markdown, by their first cell."""
    lines = [
        [each.strip() for each in line.strip('|').split('|')]
        for line in text.splitlines()
        if line.startswith('|')
    ]
    return {first: rest for first, *rest in lines}


def test_the_table_compares_with_source_only_of_the_same_folder(tmp_path: Path) -> None:
    found = choices(
        'toy', configuration(seeds=3), ('dann', 'mdd', 'mcd'), ('weight=1', 'norm=layer', 'gamma=10')
    )
    write_folder(tmp_path / PROTOCOL, BASE, pictures=False)
    write_folder(tmp_path / 'weight=1', OTHER, pictures=False)
    text = report(found, tmp_path, 'last')
    assert 'over 3 seeds,\ncheckpoints by last' in text
    table = cells(text)
    assert table['choice'] == ['source_only', 'dann', 'mdd', 'mcd']
    dann = '+19.0 ± 4.3 (94.5, 56.2)'  # differences of 18, 18 and 21
    assert table[PROTOCOL] == ['62.0 ± 5.0 (94.5, 56.2)', dann, '+0.3 ± 1.4 (94.5, 56.2)', '—']
    assert table['weight=1'] == ['52.0 ± 5.0 (94.5, 56.2)', dann, '+10.0 ± 0.0 (94.5, 56.2)', '—']
    assert table['gamma=10'] == table[PROTOCOL]  # which is the pair's own choice
    assert table['norm=layer'] == 4 * ['—']  # not run yet


def test_a_row_with_fewer_seeds_says_so(tmp_path: Path) -> None:
    found = choices('toy', configuration(seeds=3), ('dann',), ())
    write_folder(tmp_path / PROTOCOL, {**BASE, 'dann': (0.78, 0.80)}, pictures=False)
    assert (
        cells(report(found, tmp_path, 'last'))[PROTOCOL][1]
        == '+18.0 (+18.0, +18.0) (94.5, 56.2, 2 of 3 seeds)'
    )


def test_the_script_runs_every_folder_and_writes_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: dict[str, tuple[list[str], int, tuple[int, ...]]] = {}

    def run(plan: Any, folder: Path, **how: Any) -> dict[str, str]:
        ran[folder.name] = ([*plan.methods], plan.steps, plan.seeds)
        write_folder(folder, dict.fromkeys(plan.methods, (0.6, 0.7)), pictures=False)
        return {}

    monkeypatch.setattr(ablation, 'run', run)
    out = tmp_path / 'out'
    arguments = [write(tmp_path), '--out', str(out), '--methods', 'dann', '--seeds', '2', '--steps', '4']
    assert main([*arguments, '--choices', 'norm=none', 'beta1=0.9']) == 0
    assert ran == {
        PROTOCOL: (['source_only', 'dann'], 4, (0, 1)),
        'beta1=0.9': (['source_only', 'dann'], 4, (0, 1)),
    }
    assert capsys.readouterr().out == (out / 'ablation.md').read_text() + '\n'
    assert main([*arguments, '--choices', 'bach']) == 2
    assert capsys.readouterr().err.startswith("dann: unknown choice 'bach'")


def test_failures_are_named_and_told_by_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ablation, 'run', lambda *_, **__: {'dann-seed1': 'the loss is NaN'})
    assert main([write(tmp_path), '--out', str(tmp_path), '--methods', 'dann', '--choices', 'norm=none']) == 1
    assert capsys.readouterr().err == 'dann: protocol: dann-seed1 failed: the loss is NaN\n'


def test_features_are_standardised_only_where_they_are_frozen() -> None:
    config = configuration(seeds=1)
    free = choices('toy', config, ['dann'], ['standardised_by=both', 'standardised_by=none'])
    assert free['standardised_by=both'].has == ()
    assert free['standardised_by=none'].plan is None
    config['model']['init_args']['freeze'] = 'all'
    frozen = choices('toy', config, ['dann'], ['standardised_by=both'])['standardised_by=both']
    assert frozen.runs('dann')
    assert frozen.runs('source_only')


@pytest.mark.long
@pytest.mark.parametrize('freeze', ['all', 'none'])
def test_every_row_of_every_choice_can_be_built(freeze: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExperimentCLI, 'instantiate_trainer', lambda *_, **__: None)
    methods = ('dann', 'cdan', 'mdd', 'wdgrl', 'bsp+dann', 'adda', 'mcd', 'vada')
    config = configuration(seeds=1)
    config['model']['init_args']['freeze'] = freeze
    built: dict[str, Any] = {}
    for choice in choices('toy', config, methods, [*LEVELS]).values():
        for job in choice.plan.jobs() if choice.plan else ():
            built[job.method] = ExperimentCLI(job.config, run=False).model
    assert built.keys() == {'source_only', *methods}
    assert (built['adda'].backbone.frozen != []) == (freeze == 'all')


@pytest.mark.long
def test_the_script_trains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = ['--methods', 'dann', '--seeds', '1', '--steps', '4', '--workers', '1', '--choices', 'norm=batch']
    for _ in range(2):  # the second time there is nothing left to train
        assert main([write(tmp_path), '--out', str(tmp_path / 'out'), *short]) == 0
    table = cells(capsys.readouterr().out)
    assert '—' not in table[PROTOCOL] + table['norm=batch']
