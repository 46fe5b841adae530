"""BDD100K's boxes become crops: the right pixels, of the right images, in one split."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torch import Tensor
from training import fit

from dann.core.errors import UserError
from dann.datasets import BDD100K, DomainPair
from dann.datasets.published.bdd100k_labels import OLDER
from dann.datasets.storage.decoding import UnreadableImageError, decoded
from dann.datasets.storage.public import MissingDataError
from dann.engine.module import AdaptationModule
from dann.methods.alignment.dann import DANN
from dann.networks import ConvNet

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')
NEWER = {new: old for old, new in OLDER.items()}
COLOURS = {name: (40 + 20 * index, 250 - 25 * index, 90) for index, name in enumerate(BDD100K.classes)}
TRAIN, VAL = 24, 6
Entry = dict[str, Any]
SPLITS = ('train', 'val', 'test')


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.delenv('DANN_DATA', raising=False)


def labelled(category: str, box: Sequence[float], **flags: bool) -> Entry:
    corners = dict(zip(('x1', 'y1', 'x2', 'y2'), box, strict=True))
    attributes = {'occluded': False, 'truncated': False, 'trafficLightColor': 'none'} | flags
    return {'category': category, 'attributes': attributes, 'manualShape': True, 'box2d': corners}


def objects(number: int) -> list[Entry]:
    """Three classes side by side, in turn over the images, and a lane."""
    names = [BDD100K.classes[(3 * number + place) % 9] for place in range(3)]
    boxes = ((10.5, 20.25, 43.0, 60.5), (50.0, 20.0, 90.0, 56.0), (100.0, 5.0, 140.0, 70.75))
    lane = {'category': 'lane', 'attributes': {'laneStyle': 'solid'}, 'poly2d': [{'types': 'LL'}]}
    return [*(labelled(name, box) for name, box in zip(names, boxes, strict=True)), lane]


def entry(name: str, tag: str, labels: list[Entry]) -> Entry:
    return {
        'name': name,
        'attributes': {'weather': 'clear', 'scene': 'highway', 'timeofday': tag},
        'timestamp': 10000,
        'labels': labels,
    }


def paint(path: Path, labels: list[Entry], number: int) -> None:
    """Fill each box with the colour of its class, on grey that differs from image to image."""
    pixels = np.full((80, 160, 3), number % 256, np.uint8)
    for label in labels:
        if box := label.get('box2d'):
            rows = slice(int(np.floor(box['y1'])), int(np.ceil(box['y2'])))
            columns = slice(int(np.floor(box['x1'])), int(np.ceil(box['x2'])))
            pixels[rows, columns] = COLOURS.get(label['category'], (1, 2, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, format='PNG')  # without loss, whatever it is called


def older(entries: list[Entry]) -> list[Entry]:
    """The same by the names that categories had before 2020."""
    entries = json.loads(json.dumps(entries))
    for label in (label for each in entries for label in each['labels']):
        label['category'] = NEWER.get(label['category'], label['category'])
    return entries


def write(root: Path, extra: Sequence[Entry] = (), layout: str = 'older') -> Path:
    """Write day, night, twilight and untagged images, and further training images."""
    tags, number = ('daytime', 'night', 'dawn/dusk', 'undefined'), 0
    for part, count in (('train', TRAIN), ('val', VAL)):
        entries = list(extra) if part == 'train' else []
        for tag in tags:
            for _ in range(count):
                entries.append(entry(f'{number * 7919:08x}-{tags.index(tag):08x}.jpg', tag, objects(number)))
                number += 1
        for place, each in enumerate(entries):
            paint(
                root / 'bdd100k/images/100k' / part / each['name'],
                each['labels'],
                place + 120 * (part == 'val'),
            )
        newer = layout == 'det_20'
        path = f'det_20/det_{part}.json' if newer else f'bdd100k_labels_images_{part}.json'
        save(root / 'bdd100k/labels' / path, entries if newer else older(entries))
    return root


def save(path: Path, entries: list[Entry]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries, indent=1))


def ready(root: Path, domain: str = 'day', **options: Any) -> BDD100K:
    given: dict[str, Any] = {'size': 8, 'val': 0.25, 'root': str(root)}
    made = BDD100K(domain, **given | options)
    made.prepare()
    return made


def names(data: BDD100K) -> list[str]:
    return [name for split in SPLITS for name in data.names(split)]


def crops(data: BDD100K) -> Iterator[tuple[str, int, Tensor]]:
    for split in SPLITS:
        yield from zip(data.names(split), data.labels(split).tolist(), data.images(split)[:], strict=True)


@pytest.mark.parametrize('keep', ['memory', 'disk', 'files'])
@pytest.mark.parametrize('layout', ['older', 'det_20'])
def test_a_crop_is_the_pixels_of_its_box(tmp_path: Path, keep: str, layout: str) -> None:
    data = ready(write(tmp_path, layout=layout), keep=keep)
    found = list(crops(data))
    assert len(found) == 3 * (TRAIN + VAL)
    for name, label, image in found:
        assert (image == image.new_tensor(COLOURS[data.classes[label]])[:, None, None]).all(), name
    assert names(data)[0].startswith('bdd100k/images/100k/train/')
    assert {name.partition('@')[2] for name in names(data)} == {'10,20,43,61', '50,20,90,56', '100,5,140,71'}


def test_crops_have_different_ids_and_copies_of_an_image_are_found(tmp_path: Path) -> None:
    copy = entry('ffffffff-00000000.jpg', 'night', objects(0))
    root = write(tmp_path, [copy])
    day, night = ready(root), ready(root, 'night')
    ids = [name for data in (day, night) for split in SPLITS for name in data.ids(split)]
    assert len(ids) == len(set(ids))
    assert [name.partition('@')[2] for name in day.ids('val')] == [
        name.partition('@')[2] for name in day.names('val')
    ]
    folder = root / 'bdd100k/images/100k/train'
    (folder / copy['name']).write_bytes((folder / '00000000-00000000.jpg').read_bytes())
    with pytest.raises(UserError, match='take it out of one, or its label leaks'):
        DomainPair(day, ready(root, 'night'), batch_size=4).setup()


def images_of(data: BDD100K, split: str) -> set[str]:
    return {Path(name).name.partition('@')[0] for name in data.names(split)}


def test_all_crops_of_an_image_are_in_one_split_and_the_official_validation_is_the_test(
    tmp_path: Path,
) -> None:
    root = write(tmp_path)
    data = ready(root)
    train, val, test = (images_of(data, split) for split in SPLITS)
    assert not train & val
    assert min(len(train), len(val)) >= 3
    assert len(train | val) == TRAIN
    assert test <= {path.name for path in (root / 'bdd100k/images/100k/val').iterdir()}
    assert len(test) == VAL
    assert images_of(ready(root, seed=1), 'val') != val


def test_the_split_of_an_image_depends_on_no_other_and_images_that_begin_alike_stay_together(
    tmp_path: Path,
) -> None:
    before = ready(write(tmp_path / 'few'))
    extra = [entry(f'{9 * number:08x}-ffffffff.jpg', 'daytime', objects(number)) for number in range(20)]
    extra += [
        entry(f'{name.partition("-")[0]}-eeeeeeee.jpg', 'daytime', objects(0))
        for name in images_of(before, 'val')
    ]
    after = ready(write(tmp_path / 'many', extra))
    for split in ('train', 'val'):
        assert images_of(before, split) < images_of(after, split)
    assert sum('-eeeeeeee' in name for name in images_of(after, 'val')) == len(images_of(before, 'val'))
    assert not any('-eeeeeeee' in name for name in images_of(after, 'train'))


def test_domains_are_the_tags_and_untagged_images_are_left_out(tmp_path: Path) -> None:
    root = write(tmp_path)
    by = {
        domain: {name for split in SPLITS for name in images_of(ready(root, domain), split)}
        for domain in ('day', 'night', 'twilight')
    }
    for place, found in enumerate(by.values()):
        assert {name[-5] for name in found} == {str(place)}
    assert BDD100K('dawn/dusk', root=str(root)).folder == BDD100K('twilight', root=str(root)).folder
    with pytest.raises(UserError, match="unknown domain 'undefined'"):
        BDD100K('undefined')


def test_wrong_tags_are_left_out_of_every_domain(tmp_path: Path) -> None:
    shipped = entry('2b2c44c7-958f0ba8.jpg', 'daytime', objects(0))
    root = write(tmp_path, [shipped])
    before = ready(root)
    assert not [name for name in names(before) if '2b2c44c7' in name]
    wrong = sorted(images_of(before, 'train'))[:2]
    mine = root / 'bdd100k/wrong_timeofday.txt'
    mine.write_text(f'# seen by me\n{wrong[0]}\n\n{Path(wrong[1]).stem}  # no suffix\n')
    after = ready(root)
    assert images_of(after, 'train') == images_of(before, 'train') - set(wrong)
    assert not set(wrong) & images_of(ready(root, 'night'), 'train')
    assert after.options()['wrong_tags'] != before.options()['wrong_tags']
    assert after.manifest()['crops']['images_with_wrong_tags'] == 5
    mine.write_text('one.jpg two.jpg\n')
    with pytest.raises(UserError, match=r'one image in line 1 of .*wrong_timeofday\.txt'):
        ready(root)


def test_small_hidden_and_further_boxes_of_a_class_are_left_out(tmp_path: Path) -> None:
    labels = [
        labelled('car', (0.0, 0.0, 40.0, 31.9)),
        labelled('bus', (0.0, 0.0, 40.0, 40.0), occluded=True),
        labelled('truck', (0.0, 0.0, 40.0, 40.0), truncated=True),
        labelled('train', (0.0, 0.0, 40.0, 40.0)),
        *(labelled('rider', (0.0, 0.0, 32.0 + step, 32.0)) for step in (0, 4, 8, 8)),
        labelled('bicycle', (-3.0, 10.0, 45.5, 42.0)),
    ]
    data = ready(write(tmp_path, [entry('abcdef01-00000000.jpg', 'daytime', labels)]))
    found = [
        (Path(name).name.partition('@')[2], data.classes[label])
        for name, label, _ in crops(data)
        if 'abcdef01' in name
    ]
    assert sorted(found) == [('0,0,36,32', 'rider'), ('0,0,40,32', 'rider'), ('0,10,46,42', 'bicycle')]


def test_a_box_is_cut_at_the_border_and_refused_outside(tmp_path: Path) -> None:
    path = tmp_path / 'image.png'
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[30:, 50:] = 200
    Image.fromarray(pixels).save(path)
    assert (decoded(path, 4, (50, 30, 80, 70)) == 200).all()
    with pytest.raises(UnreadableImageError, match=r'the box .* lies outside its 60 x 40 pixels'):
        decoded(path, 4, (60, 0, 70, 10))


def test_the_manifest_says_what_was_chosen(tmp_path: Path) -> None:
    root = write(tmp_path)
    manifest = ready(root).manifest()
    chosen = manifest['crops']
    assert chosen['rule'] == manifest['options']['rule'] == 1
    assert sum(chosen['images'].values()) == TRAIN + VAL
    assert sum(manifest['counts']['test'].values()) == 3 * VAL
    assert chosen['labels'][0] == 'bdd100k/labels/bdd100k_labels_images_train.json'
    assert ready(root, size=16).manifest()['crops']['sha256'] == chosen['sha256']
    path = root / chosen['labels'][0]
    entries = json.loads(path.read_text())
    save(path, entries[::-1])
    assert ready(root).manifest()['crops']['sha256'] == chosen['sha256']
    entries[0]['labels'][0]['box2d']['x2'] += 2
    save(path, entries)
    assert ready(root).manifest()['crops']['sha256'] != chosen['sha256']


def test_listing_opens_no_image_and_counts_those_that_are_there(tmp_path: Path) -> None:
    root = write(tmp_path)
    folder = root / 'bdd100k/images/100k/train'
    for path in folder.iterdir():
        path.write_bytes(b'')
    (folder / '00000000-00000000.jpg').unlink()
    with pytest.warns(UserWarning, match=rf'published with 41,986 images, here it has {TRAIN + VAL - 1};'):
        assert len(BDD100K('day', val=0.25, root=str(root)).items) == 3 * (TRAIN + VAL - 1)
    with pytest.raises(UserError, match=r'an empty file'):
        ready(root)


def test_what_is_missing_or_broken_is_said_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match='place it as bdd100k/images/100k/'):
        ready(tmp_path)
    root = write(tmp_path)
    with pytest.raises(
        UserError, match=r'the val split of bdd100k/day has no crop in .* change `val` or `seed`'
    ):
        ready(root, val=1e-9)
    path = root / 'bdd100k/labels/bdd100k_labels_images_val.json'
    text = path.read_text()
    for broken in (text[:-40], '{}', '', '[{"attributes": {}}]', '[3]'):
        path.write_text(broken)
        with pytest.raises(UserError, match=r'expected labels of BDD100K in .*_val\.json.*unpack it anew'):
            ready(root)
    path.unlink()
    with pytest.raises(MissingDataError, match='bdd100k_labels_images_<train or val>'):
        ready(root)


@pytest.mark.parametrize('keep', ['memory', 'files'])
def test_day_to_night_trains(tmp_path: Path, keep: str) -> None:
    root = write(tmp_path)
    day, night = (ready(root, domain, keep=keep) for domain in ('day', 'night'))
    data = DomainPair(day, night, batch_size=6, steps_per_epoch=2, num_workers=0)
    model = AdaptationModule(
        num_classes=9, backbone=ConvNet(8, (8,), (3,), (2,)), bottleneck=6, alignment=DANN()
    )
    trainer = fit(model, data, epochs=1)
    assert trainer.global_step >= 2
    assert all(value.isfinite() for value in trainer.callback_metrics.values())
