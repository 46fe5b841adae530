"""Faults that are planted into a copy of the clean table and of the clean arrays, one at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import numpy as np
from PIL import Image
from planted import Arrays, Planted, Table

FIRST = 'images/day-train-bus-0.png'


def missing_column(table: Table) -> Planted:
    for row in table.rows:
        del row[1]
    return 'missing-column', ('domain',)


def no_labels(table: Table) -> Planted:
    for row in table.rows:
        del row[2]
    return 'no-labels', ('day', 'night')


def missing_file(table: Table) -> Planted:
    table.rows.append(['images/gone.png', 'day', 'bus', 'train'])
    return 'missing-file', ('images/gone.png',)


def empty_label(table: Table) -> Planted:
    table.rows[table.line('images/night-train-car-1.png')][2] = ''
    return 'unlabelled-image', ('images/night-train-car-1.png',)


def unknown_split(table: Table) -> Planted:
    table.rows[table.line('images/night-train-car-2.png')][3] = 'dev'
    return 'unknown-split', (f'table.csv:{table.line("images/night-train-car-2.png") + 1}',)


def duplicate_row(table: Table) -> Planted:
    table.rows.append(list(table.rows[1]))
    return 'duplicate-file', (table.rows[1][0],)


def long_row(table: Table) -> Planted:
    table.rows[5].append('x')
    return 'row-length', ('table.csv:6',)


def row_under_two_labels(table: Table) -> Planted:
    table.rows.append([FIRST, 'day', 'van', 'train'])
    return 'conflicting-labels', (FIRST, FIRST)


def row_in_two_splits(table: Table) -> Planted:
    table.rows.append([FIRST, 'day', 'bus', 'test'])
    return 'leak-between-splits', (FIRST, FIRST)


def row_in_two_domains(table: Table) -> Planted:
    table.rows.append([FIRST, 'night', 'bus', 'train'])
    return 'leak-between-domains', (FIRST, FIRST)


def one_domain(table: Table) -> Planted:
    table.rows = [row for row in table.rows if row[1] != 'night']
    return 'one-domain', ('day',)


def no_test(table: Table) -> Planted:
    table.rows = [row for row in table.rows if (row[1], row[3]) != ('night', 'test')]
    return 'drawn-split', ('night',)


def table_spelling(table: Table) -> Planted:
    for row in table.rows:
        row[2] = 'BUS' if row[1:3] == ['night', 'bus'] else row[2]
    return 'class-spelling', ('night/BUS', 'day/bus')


def table_zero_byte(table: Table) -> Planted:
    (table.path.parent / FIRST).write_bytes(b'')
    return 'zero-byte', (FIRST,)


def table_unreadable(table: Table) -> Planted:
    path = table.path.parent / FIRST
    path.write_bytes(path.read_bytes()[:300])
    return 'unreadable', (FIRST,)


def table_no_image(table: Table) -> Planted:
    (table.path.parent / 'images/page.png').write_text('<html>404</html>')
    table.rows.append(['images/page.png', 'day', 'bus', 'train'])
    return 'not-an-image', ('images/page.png',)


def table_duplicate(table: Table) -> Planted:
    shutil.copy(table.path.parent / FIRST, table.path.parent / 'images/again.png')
    table.rows.append(['images/again.png', 'day', 'bus', 'train'])
    return 'duplicate-file', ('images/again.png', FIRST)


def table_same_pixels(table: Table) -> Planted:
    with Image.open(table.path.parent / FIRST) as image:
        image.save(table.path.parent / 'images/again.bmp')
    table.rows.append(['images/again.bmp', 'day', 'bus', 'test'])
    return 'same-pixels-between-splits', ('images/again.bmp', FIRST)


TABLE: tuple[Callable[[Table], Planted], ...] = (
    missing_column,
    no_labels,
    missing_file,
    empty_label,
    unknown_split,
    duplicate_row,
    long_row,
    row_under_two_labels,
    row_in_two_splits,
    row_in_two_domains,
    one_domain,
    no_test,
    table_spelling,
    table_zero_byte,
    table_unreadable,
    table_no_image,
    table_duplicate,
    table_same_pixels,
)
TABLE_TOGETHER = tuple(
    plant
    for plant in TABLE
    if plant
    not in (
        missing_column,
        no_labels,
        one_domain,
        no_test,
        table_spelling,
        table_zero_byte,
        table_unreadable,
    )
)


def short_labels(arrays: Arrays) -> Planted:
    arrays['y'] = arrays['y'][:-1]
    return 'wrong-shape', ('y',)


def two_channels(arrays: Arrays) -> Planted:
    arrays['x'] = arrays['x'][..., :2]
    return 'wrong-shape', ('x',)


def float_images(arrays: Arrays) -> Planted:
    arrays['x'] = arrays['x'].astype(np.float32)
    return 'wrong-dtype', ('x',)


def float_labels(arrays: Arrays) -> Planted:
    arrays['y'] = arrays['y'].astype(np.float64) + 0.5
    return 'wrong-dtype', ('y',)


def pickled_domain(arrays: Arrays) -> Planted:
    arrays['domain'] = arrays['domain'].astype(object)
    return 'wrong-dtype', ('domain',)


def negative_label(arrays: Arrays) -> Planted:
    arrays['y'][7] = -5
    return 'label-range', ('y[7]',)


def label_left_out(arrays: Arrays) -> Planted:
    arrays['y'][8] = -1
    return 'unlabelled-image', ('x[8]',)


def label_beyond_the_classes(arrays: Arrays) -> Planted:
    arrays['classes'] = np.array(['bus', 'car', 'van'])
    arrays['y'][9] = 3
    return 'label-range', ('y[9]',)


def missing_array(arrays: Arrays) -> Planted:
    del arrays['domain']
    return 'missing-column', ('domain',)


def unknown_split_of_a_row(arrays: Arrays) -> Planted:
    arrays['split'][3] = 'dev'
    return 'unknown-split', ('split[3]',)


def repeated_row(arrays: Arrays) -> Planted:
    arrays['x'][1] = arrays['x'][0]
    return 'duplicate-file', ('x[0]', 'x[1]')


def row_under_another_label(arrays: Arrays) -> Planted:
    other = int(np.flatnonzero((arrays['y'] == 2) & (arrays['split'] == 'train'))[0])
    arrays['x'][other] = arrays['x'][0]
    return 'conflicting-labels', ('x[0]', f'x[{other}]')


def row_in_the_test_split(arrays: Arrays) -> Planted:
    other = int(np.flatnonzero((arrays['y'] == 0) & (arrays['split'] == 'test'))[0])
    arrays['x'][other] = arrays['x'][0]
    return 'leak-between-splits', ('x[0]', f'x[{other}]')


def row_in_the_other_domain(arrays: Arrays) -> Planted:
    arrays['x'][30] = arrays['x'][0]
    return 'leak-between-domains', ('x[0]', 'x[30]')


def one_domain_of_rows(arrays: Arrays) -> Planted:
    for key in arrays:
        arrays[key] = arrays[key][:30]
    return 'one-domain', ('day',)


ARRAYS: tuple[Callable[[Arrays], Planted], ...] = (
    short_labels,
    two_channels,
    float_images,
    float_labels,
    pickled_domain,
    negative_label,
    label_left_out,
    label_beyond_the_classes,
    missing_array,
    unknown_split_of_a_row,
    repeated_row,
    row_under_another_label,
    row_in_the_test_split,
    row_in_the_other_domain,
    one_domain_of_rows,
)
ARRAYS_TOGETHER = (
    repeated_row,
    row_under_another_label,
    row_in_the_test_split,
    row_in_the_other_domain,
    negative_label,
    label_left_out,
    unknown_split_of_a_row,
)
