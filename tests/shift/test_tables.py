"""The figures as Markdown and as JSON."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from shift_arrays import draw

from dann.shift.classes import ClassGap
from dann.shift.label_shift import LabelShift
from dann.shift.measure import Gap, LayerGap, distances
from dann.shift.tables import as_json, class_rows, layer_rows, name_of, plain, share_rows, tables

ROW = Gap('pixels', distances(draw(30, 3), draw(25, 3, seed=1) + 1, permutations=199))
SHIFT = LabelShift(np.ones(2) / 2, np.array([0.25, 0.75]), np.ones(2), 0.25, 1.0, float('inf'))


def test_what_is_no_number_is_null() -> None:
    found = as_json(replace(ROW, label_shift=SHIFT))
    assert found['label_shift']['condition'] is None
    assert found['label_shift']['target'] == [0.25, 0.75]
    assert found['gap'] == 'moderate'
    assert plain({'a': (float('nan'), 1.0)}) == {'a': [None, 1.0]}


def test_a_table_has_a_line_for_each_row_and_a_dash_where_a_layer_is_missing() -> None:
    one = replace(ROW, layers=(LayerGap('stage 1', 1.25, 0.1), LayerGap('logits', 0.5, 0.1)))
    other = replace(ROW, name='b', layers=(LayerGap('stage 1', 0.75, 0.1),))
    assert layer_rows([one, ROW, other]) == [
        ['features', 'stage 1', 'logits'],
        ['pixels', '1.25', '0.50'],
        ['b', '0.75', '—'],
    ]
    assert layer_rows([ROW]) == []
    main, layers = tables([one, other])
    assert main.startswith('| features')
    assert len(main.splitlines()) == 4
    assert layers.startswith('A-distance of each layer:')


def test_classes_and_shares_are_shown_where_they_are_known() -> None:
    classes = (ClassGap('red', 9, 8, 1.5, 0.2), ClassGap('blue', 2, 1, None, None))
    row = replace(ROW, classes=classes, label_shift=SHIFT)
    assert class_rows([ROW, row]) == [['features', 'red', 'blue'], ['pixels', '1.50', '—']]
    assert share_rows([ROW]) == []
    assert [cells[:3] for cells in share_rows([row])] == [
        ['class shares in %', 'red', 'blue'],
        ['source', '50.0', '50.0'],
        ['target by pixels', '25.0', '75.0'],
    ]


def test_a_row_that_saw_target_labels_says_so() -> None:
    assert name_of(ROW) == 'pixels'
    assert name_of(replace(ROW, uses_target_labels=True)) == 'pixels (uses target labels)'
