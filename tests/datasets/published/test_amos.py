"""AMOS is read by its index; drawn splits leave every camera training frames."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest
from named_layouts import Layout, NamedSetTests, Painted, opened, paint, written

from dann.core.errors import UserError
from dann.datasets.published.amos import AMOS, COLUMNS
from dann.datasets.storage.public import MissingDataError


def frames(home: Path, domain: str, made: list[Painted]) -> None:
    """Add the domain to the index of AMOS, with a copy of a frame and a camera of the night that are left out."""
    rows = [
        (item.path.parts[-3], domain, item.path.name, '', item.label, AMOS.classes[item.label])
        for item in made
    ]
    copy = home / 'images' / 'training' / domain / 'copy.jpg'
    copy.write_bytes(made[0].path.read_bytes())
    paint(copy.with_name('dark.jpg'), 0, 1, 4)
    rows.append(('training', domain, 'copy.jpg', made[0].path.name, 0, AMOS.classes[0]))
    rows.append(('training', domain, 'dark.jpg', '', -1, 'night_only'))
    path = home / 'index.csv'
    new = not path.exists()
    with path.open('a', newline='') as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        writer.writerows(rows)


def trained(domain: AMOS) -> Counter[int]:
    return Counter(domain.make()['train'].labels.tolist())


class TestAMOS(NamedSetTests):
    layouts = (
        Layout(
            AMOS,
            'amos_day_night',
            'images/{split}/{domain}/2015{number:04d}.jpg',
            ('day', 'night'),
            ('train', 'train', 'train', 'test'),
            spelled={'train': 'training'},
            lists=frames,
        ),
    )
    count = 15
    some: ClassVar = {0: 'office_mountain', 8: 'houses_lake', 14: 'piazza'}

    def test_an_index_without_a_column_is_named(self, tmp_path: Path) -> None:
        self.layouts[0].write(tmp_path)
        path = tmp_path / 'amos_day_night/index.csv'
        path.write_text(path.read_text().replace('camera_name', 'scene', 1))
        with pytest.raises(UserError, match=r"expected a column 'camera_name' in .*index\.csv"):
            opened(self.layouts[0], tmp_path, 'day').listing()

    def test_drawn_splits_leave_each_camera_training_frames(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        root, made = written(self.layouts[0], tmp_path_factory)
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
