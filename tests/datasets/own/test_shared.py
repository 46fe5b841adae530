"""What holds for a folder, a table and an archive alike."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from own_layouts import (
    Make,
    blind,
    content,
    from_arrays,
    from_folder,
    from_table,
)
from photos import CLASSES, write_pair
from PIL import Image

from dann.core.errors import UserError
from dann.datasets import DomainPair, Folder
from dann.datasets.base import SPLITS
from dann.datasets.own.shared import delimiter_of, index_columns, label_of
from dann.datasets.storage.decoding import image_files
from dann.engine.catalogue import rows_of


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pair(tmp_path / 'photos')


every = pytest.mark.parametrize('make', [from_folder, from_table, from_arrays])


@every
def test_the_three_layouts_hold_the_same_images_and_labels(root: Path, make: Make) -> None:
    made = content(make(root, 'day'))
    assert {split: len(labels) for split, (_, labels) in made.items()} == {'train': 21, 'val': 3, 'test': 6}
    expected = {
        np.moveaxis(np.asarray(Image.open(path)), 2, 0).tobytes(): CLASSES.index(path.parent.name)
        for path in image_files(root / 'day')
    }
    found = {
        image.tobytes(): label
        for images, labels in made.values()
        for image, label in zip(images, labels, strict=True)
    }
    assert found == expected


@every
def test_a_pair_of_them_trains_in_one_list_of_classes(root: Path, make: Make) -> None:
    day, night = make(root, 'day'), make(root, 'night')
    assert day.classes == night.classes == CLASSES
    assert day.name.endswith('/day')
    data = DomainPair(day, night, batch_size=8)
    data.prepare_data()
    data.setup()
    batch = next(iter(data.train_dataloader()))
    assert batch['source'][0].shape == batch['target'].shape == (8, 3, 12, 12)


@every
def test_an_unknown_domain_gets_the_nearest(root: Path, make: Make) -> None:
    with pytest.raises(UserError, match=r"unknown domain of .* 'nigth'; did you mean 'night'\?"):
        make(root, 'nigth')


@every
def test_a_class_on_one_side_alone_is_named_with_the_command_that_checks(root: Path, make: Make) -> None:
    (root / 'day' / 'van').rename(root / 'day' / 'tram')
    with pytest.raises(
        UserError, match=r"the source \['tram'\], only in the target \['van'\].*`dann data check"
    ) as caught:
        DomainPair(make(root, 'day'), make(root, 'night'))
    assert str(root) in str(caught.value)


@every
def test_an_image_of_both_domains_is_refused(root: Path, make: Make) -> None:
    shutil.copy(root / 'day' / 'bus' / '000.png', root / 'night' / 'bus' / '777.png')
    data = DomainPair(make(root, 'day'), make(root, 'night'), batch_size=8)
    data.prepare_data()
    with pytest.raises(UserError, match='or its label leaks, or see all with `dann data check'):
        data.setup()


@every
def test_a_target_without_labels_is_one_to_train_on(root: Path, make: Make) -> None:
    night = blind(root, make)
    assert not night.labelled
    assert night.classes == CLASSES
    data = DomainPair(Folder(str(root), 'day', size=12), night, batch_size=8)
    data.prepare_data()
    data.setup()
    assert next(iter(data.train_dataloader()))['target'].shape == (8, 3, 12, 12)
    assert data.predicted == SPLITS
    assert sum(len(part) for batches in data.predict_dataloader() for part in batches) == 30
    with pytest.raises(
        UserError, match=r'/night has no labels; it can only be the target, of `dann fit`, `dann pred'
    ):
        night.labels('test')


def test_they_are_listed() -> None:
    assert {'Arrays', 'Folder', 'Table'} <= {row['name'] for row in rows_of('datasets')}


@pytest.mark.parametrize(
    ('text', 'label'),
    [
        ('car', 'car'),
        ('3', '3'),
        ('3.0', '3'),
        ('3.5', '3.5'),
        ('-1', ''),
        ('-1.0', ''),
        ('', ''),
        ('-2', '-2'),
    ],
)
def test_a_label_is_read_alike_in_every_layout(text: str, label: str) -> None:
    assert label_of(text) == label


@pytest.mark.parametrize(
    ('line', 'found'), [('a,b', ','), ('a;b,c;d', ';'), ('a\tb', '\t'), ('alone', ','), ('', ',')]
)
def test_the_first_line_tells_what_parts_cells(line: str, found: str) -> None:
    file = io.StringIO(line + '\n1;2;3;4\n')
    assert delimiter_of(file) == found
    assert file.tell() == 0


def test_a_first_column_without_a_name_is_an_index() -> None:
    assert index_columns(['', 'path']) == index_columns(['Unnamed: 0', 'path']) == 1
    assert index_columns(['path', '']) == index_columns(['']) == index_columns([]) == 0
