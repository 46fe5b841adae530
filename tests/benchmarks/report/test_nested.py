"""Configurations as lines."""

from dann.benchmarks.report.nested import Fact, facts, inline

CONFIG = {
    'steps': 250,
    'seeds': [0, 1],
    'model': {
        'class_path': 'dann.engine.AdaptationModule',
        'init_args': {'backbone': {'class_path': 'LeNet', 'init_args': {'width': None}}, 'freeze': True},
    },
    'trainer': {},
    'steps_of': [{'class_path': 'Crop'}, {'size': 3}],
}


def test_a_class_stands_by_its_name_and_its_options_below() -> None:
    assert list(facts(CONFIG)) == [
        Fact(0, 'steps', '250'),
        Fact(0, 'seeds', '0, 1'),
        Fact(0, 'model', 'AdaptationModule'),
        Fact(1, 'backbone', 'LeNet'),
        Fact(2, 'width', 'none'),
        Fact(1, 'freeze', 'yes'),
        Fact(0, 'trainer', 'none'),
        Fact(0, 'steps_of', ''),
        Fact(1, '1', 'Crop'),
        Fact(1, '2', ''),
        Fact(2, 'size', '3'),
    ]


def test_a_value_on_one_line() -> None:
    assert inline('DANN') == 'DANN'
    assert inline({'class_path': 'AFN', 'init_args': {'radius': 25.0}}) == 'AFN (radius 25.0)'
    together = {'class_path': 'Together', 'init_args': {'alignments': ['DANN', 'BSP']}}
    assert inline(together) == 'Together (alignments DANN, BSP)'
