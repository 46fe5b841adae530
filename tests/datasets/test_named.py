"""The field's sets of image files are read in every layout they come in, and nothing of them is mixed up."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from named_layouts import LAYOUTS, Layout, Painted, painted
from PIL import Image

from dann.core.errors import UserError
from dann.datasets import AMOS, DomainPair, VisDA2017
from dann.datasets.base import SPLITS
from dann.datasets.storage.named_domain import NamedDomain
from dann.datasets.storage.public import MissingDataError

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')
FIRST = {layout.dataset: name for name, layout in reversed(LAYOUTS.items())}
# how many classes, and some of them by label, as the field's lists have them
CLASSES: dict[str, tuple[int, dict[int, str]]] = {
    'office31': (31, {0: 'back_pack', 12: 'laptop_computer', 30: 'trash_can'}),
    'office-home': (65, {0: 'Drill', 20: 'Postit_Notes', 64: 'Marker'}),
    'office-caltech10': (10, {0: 'back_pack', 3: 'headphones', 9: 'projector'}),
    'pacs': (7, {0: 'dog', 3: 'guitar', 6: 'person'}),
    'image-clef': (12, {0: 'aeroplane', 7: 'dog', 11: 'people'}),
    'visda2017': (12, {0: 'aeroplane', 5: 'knife', 11: 'truck'}),
    'domainnet': (345, {0: 'aircraft_carrier', 12: 'backpack', 344: 'zigzag'}),
    'exdark': (12, {0: 'Bicycle', 9: 'Motorbike', 11: 'Table'}),
    'amos': (15, {0: 'office_mountain', 8: 'houses_lake', 14: 'piazza'}),
}
Fixtures = dict[str, tuple[Layout, Path, dict[str, list[Painted]]]]


@pytest.fixture(scope='module')
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Fixtures:
    made = {}
    for name, layout in LAYOUTS.items():
        root = tmp_path_factory.mktemp(name)
        made[name] = (layout, root, layout.write(root))
    return made


def opened(layout: Layout, root: Path, domain: str, **options: Any) -> NamedDomain:
    return layout.dataset(domain, size=8, root=str(root), **options)


every_layout = pytest.mark.parametrize('name', LAYOUTS)
every_set = pytest.mark.parametrize('name', FIRST.values())


@every_layout
def test_a_domain_has_its_images_and_no_others(name: str, fixtures: Fixtures) -> None:
    layout, root, made = fixtures[name]
    for domain, images in made.items():
        found = opened(layout, root, domain).listing()
        assert {(item.path.resolve(), item.label) for item in found} == {
            (item.path.resolve(), layout.dataset.classes[item.label]) for item in images
        }
        assert len(found) == len(images)


@every_layout
def test_pixels_labels_and_domain_belong_together(name: str, fixtures: Fixtures) -> None:
    layout, root, made = fixtures[name]
    for number, (domain, images) in enumerate(made.items()):
        dataset, seen = opened(layout, root, domain), 0
        dataset.prepare()
        for split in SPLITS:
            labels, domains = painted(np.asarray(dataset.images(split)[:]))
            assert labels == dataset.labels(split).tolist()
            assert set(domains) == {number}
            seen += len(labels)
        assert seen == len(images)


@pytest.mark.parametrize('name', [name for name, layout in LAYOUTS.items() if any(layout.splits)])
def test_published_splits_are_kept(name: str, fixtures: Fixtures) -> None:
    layout, root, made = fixtures[name]
    for domain, images in made.items():
        dataset = opened(layout, root, domain)
        dataset.prepare()
        found = {split: set(dataset.names(split)) for split in SPLITS}
        assert all(found.values())
        if 'val' not in layout.splits:
            found['train'] |= found.pop('val')
        for split, names in found.items():
            assert names == {dataset.relative(item.path) for item in images if item.split == split}


@every_layout
def test_no_image_is_opened_for_the_listing(
    name: str, fixtures: Fixtures, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError('an image was opened')

    layout, root, made = fixtures[name]
    monkeypatch.setattr(Image, 'open', fail)
    for domain in made:
        dataset = opened(layout, root, domain)
        assert dataset.listing()
        assert dataset.options()['files']


@every_layout
def test_the_root_may_be_the_folder_of_the_set(name: str, fixtures: Fixtures) -> None:
    layout, root, made = fixtures[name]
    domain = layout.domains[-1]
    assert len(opened(layout, root / layout.folder, domain).listing()) == len(made[domain])


@pytest.mark.parametrize('name', [name for name, layout in LAYOUTS.items() if len(layout.domains) > 1])
def test_no_two_domains_share_an_id(name: str, fixtures: Fixtures) -> None:
    layout, root, made = fixtures[name]
    ids: list[str] = []
    for domain in made:
        dataset = opened(layout, root, domain)
        dataset.prepare()
        ids += [one for split in SPLITS for one in dataset.ids(split)]
    assert len(set(ids)) == len(ids) == sum(map(len, made.values()))


@every_set
def test_classes_are_in_their_published_order(name: str) -> None:
    count, some = CLASSES[name]
    classes = LAYOUTS[name].dataset.classes
    assert len(set(classes)) == len(classes) == count
    assert {label: classes[label] for label in some} == some


@every_set
def test_a_domain_that_does_not_exist_has_a_suggestion(name: str) -> None:
    dataset = LAYOUTS[name].dataset
    known = dataset.domains[0]
    with pytest.raises(UserError, match=rf"unknown domain '{known}s'; did you mean '{known}'"):
        dataset(f'{known}s')


@every_set
def test_missing_data_says_where_it_belongs(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    with pytest.raises(MissingDataError) as caught:
        opened(layout, tmp_path, layout.domains[0]).prepare()
    for said in (layout.dataset.title, str(tmp_path), layout.dataset.layout, layout.dataset.homepage):
        assert said in str(caught.value)


@every_set
@pytest.mark.filterwarnings('default:.*was published with')
def test_another_count_than_published_is_said(name: str, fixtures: Fixtures) -> None:
    layout, root, made = fixtures[name]
    domain = layout.domains[0]
    dataset = opened(layout, root, domain)
    said = rf'the {domain} part of {re.escape(layout.dataset.title)} was published with '
    with pytest.warns(
        UserWarning, match=rf'{said}{dataset.published:,} images, here it has {len(made[domain])};'
    ):
        dataset.listing()


def test_a_whole_copy_is_not_warned_of(fixtures: Fixtures, recwarn: pytest.WarningsRecorder) -> None:
    layout, root, made = fixtures['office31']
    dataset = opened(layout, root, 'amazon')
    dataset.sizes = {'amazon': len(made['amazon'])}  # type: ignore[misc]
    assert dataset.listing()
    assert not [each for each in recwarn if 'was published with' in str(each.message)]


def test_visda_counts_the_mean_of_the_class_accuracies() -> None:
    assert VisDA2017.metric == 'mean class accuracy'
    assert {layout.dataset.metric for layout in LAYOUTS.values()} == {'accuracy', 'mean class accuracy'}


@pytest.mark.parametrize('name', ['office31', 'visda2017', 'amos'])
def test_two_domains_make_a_batch(name: str, fixtures: Fixtures) -> None:
    layout, root, _ = fixtures[name]
    source, target = (opened(layout, root, domain) for domain in layout.domains)
    data = DomainPair(source, target, batch_size=4)
    data.prepare_data()
    data.setup()
    batch = next(iter(data.train_dataloader()))
    images, labels = batch['source']
    assert images.shape == batch['target'].shape == (4, 3, 8, 8)
    assert painted((images * 255).numpy()) == (labels.tolist(), [0] * 4)
    assert painted((batch['target'] * 255).numpy())[1] == [1] * 4


def test_a_folder_that_is_no_class_and_a_line_that_is_no_entry_are_named(tmp_path: Path) -> None:
    LAYOUTS['pacs'].write(tmp_path)
    (tmp_path / 'PACS/photo/elefant').mkdir()
    with pytest.raises(UserError, match=r"got 'elefant' \(did you mean 'elephant'"):
        opened(LAYOUTS['pacs'], tmp_path, 'photo').listing()
    LAYOUTS['visda2017'].write(tmp_path)
    path = tmp_path / 'visda-2017/train/image_list.txt'
    path.write_text(path.read_text() + 'truck/x.png 12\n')
    with pytest.raises(UserError, match=r'a label from 0 to 11 in line 25 of .*image_list\.txt'):
        opened(LAYOUTS['visda2017'], tmp_path, 'train').listing()
    path.write_text('truck/gone.png 11\n')
    with pytest.raises(UserError, match='place the images there'):
        opened(LAYOUTS['visda2017'], tmp_path, 'train').listing()
    LAYOUTS['exdark'].write(tmp_path)
    path = tmp_path / 'ExDark/imageclasslist.txt'
    path.write_text(path.read_text() + '2015_1.png 1 2\n')
    with pytest.raises(UserError, match=r'in line 38 of .*imageclasslist\.txt'):
        opened(LAYOUTS['exdark'], tmp_path, 'dark').listing()


def test_an_index_without_a_column_is_named(tmp_path: Path) -> None:
    LAYOUTS['amos'].write(tmp_path)
    path = tmp_path / 'amos_day_night/index.csv'
    path.write_text(path.read_text().replace('camera_name', 'scene', 1))
    with pytest.raises(UserError, match=r"expected a column 'camera_name' in .*index\.csv"):
        opened(LAYOUTS['amos'], tmp_path, 'day').listing()


def trained(domain: AMOS) -> Counter[int]:
    return Counter(domain.make()['train'].labels.tolist())


def test_drawn_splits_leave_each_camera_training_frames(fixtures: Fixtures) -> None:
    _, root, made = fixtures['amos']
    draws = []
    for domain in made:
        for seed in (0, 0, 1):
            dataset = AMOS(domain, size=8, seed=seed, root=str(root), splits='drawn')
            assert set(trained(dataset)) == set(range(15))
            draws.append([(item.path.name, item.split) for item in dataset.items])
    assert draws[0] == draws[1] != draws[2]
    with pytest.raises(ValueError, match=r"expected `splits` to be one of .*, got 'random'"):
        AMOS('day', splits='random')  # type: ignore[arg-type]


@pytest.mark.skipif('DANN_DATA' not in os.environ, reason='needs AMOS under DANN_DATA')
@pytest.mark.filterwarnings('error')
def test_genuine_webcams_are_whole() -> None:
    try:
        found = {
            (name, splits): AMOS(name, 16, splits=splits)
            for name in AMOS.domains
            for splits in ('published', 'drawn')
        }
        items = {key: dataset.items for key, dataset in found.items()}
    except MissingDataError as error:
        pytest.skip(str(error))
    for (name, _), frames in items.items():
        assert len(frames) == {'day': 199, 'night': 196}[name]
        assert {item.label for item in frames} == set(AMOS.classes)
    assert {label: 15 - len(trained(found[label, 'published'])) for label in AMOS.domains} == {
        'day': 1,
        'night': 1,
    }
    for name in AMOS.domains:
        assert set(trained(found[name, 'drawn'])) == set(range(15))
