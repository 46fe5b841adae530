"""Published sets of image files, tiny, in the layouts in which they come, and what holds for each of them.

Every image is of one colour that tells its class and its domain, and no two images are alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dann.core.errors import UserError
from dann.datasets.base import SPLITS
from dann.datasets.pair import DomainPair
from dann.datasets.storage.named_domain import NamedDomain
from dann.datasets.storage.public import MissingDataError

COPIES = 5  # images of a class that have a colour of their own


@dataclass(frozen=True, slots=True)
class Painted:
    """An image of a fixture: where it is, and what it was made as."""

    path: Path
    label: int
    split: str | None


List = Callable[[Path, str, list[Painted]], None]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How a set lies on disk.

    Args:
        dataset: Its class.
        folder: Of the set, below the root.
        file: An image's path below that, of ``domain``, ``label``, ``split``, ``number`` and ``suffix``.
        domains: Those that are written.
        splits: Of the images of each class, one each.
        spelled: How domains, classes and splits are called on disk, where it is otherwise.
        suffixes: Of the images by domain, where it is not ``.jpg``.
        lists: Writes the domain's lists, if it has any.
    """

    dataset: type[NamedDomain]
    folder: str
    file: str
    domains: tuple[str, ...]
    splits: tuple[str | None, ...] = (None,) * 2
    spelled: Mapping[str, str] = field(default_factory=dict)
    suffixes: Mapping[str, str] = field(default_factory=dict)
    lists: List | None = None

    def write(self, root: Path) -> dict[str, list[Painted]]:
        """Write every domain below ``root`` and return the images by domain."""
        return {domain: self._domain(root / self.folder, domain) for domain in self.domains}

    def _domain(self, home: Path, domain: str) -> list[Painted]:
        made = []
        for label, name in enumerate(self.dataset.classes):
            for copy, split in enumerate(self.splits):
                path = home / self.file.format(
                    domain=self.spelled.get(domain, domain),
                    label=self.spelled.get(name, name),
                    split=self.spelled.get(str(split), split),
                    number=label * len(self.splits) + copy,
                    suffix=self.suffixes.get(domain, '.jpg'),
                )
                paint(path, label, self.domains.index(domain), copy)
                made.append(Painted(path, label, split))
        if self.lists:
            self.lists(home, domain, made)
        return made


def paint(path: Path, label: int, domain: int, copy: int) -> None:
    """Write an image that tells its class by red and green, and its domain by blue."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = label // 20 * 12 + 6, label % 20 * 12 + 6, (domain * COPIES + copy) * 8 + 4
    image = Image.new('RGB', (8 + copy, 10), colour)
    if path.suffix == '.png':
        image.save(path)
    else:
        image.save(path, quality=100, subsampling=0)


def painted(images: NDArray[np.uint8]) -> tuple[list[int], list[int]]:
    """Return the classes and the domains that images ``(N, 3, H, W)`` were painted as."""
    red, green, blue = images.mean(axis=(2, 3)).T
    labels = 20 * ((red - 6) / 12).round() + ((green - 6) / 12).round()
    return labels.astype(int).tolist(), (((blue - 4) / 8).round() // COPIES).astype(int).tolist()


def listing(name: str, *, split: str | None = None, depth: int = 2, below: str = '', shift: int = 0) -> List:
    """Return a writer of a list of paths, the last ``depth`` parts of each, with labels."""

    def write(home: Path, domain: str, made: list[Painted]) -> None:
        path = home / name.format(domain=domain)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [item for item in made if item.split == split]
        path.write_text(
            ''.join(f'{below}{"/".join(item.path.parts[-depth:])} {item.label + shift}\n' for item in rows)
        )

    return write


def both(name: str) -> List:
    """Return a writer of the lists of training and test images."""

    def write(home: Path, domain: str, made: list[Painted]) -> None:
        for split in ('train', 'test'):
            listing(name.replace('SPLIT', split), split=split, depth=3)(home, domain, made)

    return write


BY_CLASS = '{domain}/{label}/{number:05d}{suffix}'
Made = tuple[Path, dict[str, list[Painted]]]
_WRITTEN: dict[Layout, Made] = {}


def written(layout: Layout, folders: pytest.TempPathFactory) -> Made:
    """Return the root of a layout and its images by domain; it is written once."""
    if layout not in _WRITTEN:
        root = folders.mktemp('layout')
        _WRITTEN[layout] = root, layout.write(root)
    return _WRITTEN[layout]


def opened(layout: Layout, root: Path, domain: str, **options: Any) -> NamedDomain:
    """A domain of the data set in a layout."""
    return layout.dataset(domain, size=8, root=str(root), **options)


@pytest.mark.filterwarnings('ignore:.*was published with')
class NamedSetTests:
    """What holds for every published set of image files; a test of a set derives a class with its layouts.

    ``count`` is the number of classes, and ``some`` names a few of them by label, as the field's lists have them.
    """

    layouts: ClassVar[tuple[Layout, ...]]
    count: ClassVar[int]
    some: ClassVar[dict[int, str]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test once for each layout."""
        if 'layout' in metafunc.fixturenames:
            metafunc.parametrize('layout', self.layouts, ids=[layout.folder for layout in self.layouts])

    def test_a_domain_has_its_images_and_no_others(
        self, layout: Layout, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        root, made = written(layout, tmp_path_factory)
        for domain, images in made.items():
            found = opened(layout, root, domain).listing()
            assert {(item.path.resolve(), item.label) for item in found} == {
                (item.path.resolve(), layout.dataset.classes[item.label]) for item in images
            }
            assert len(found) == len(images)

    def test_pixels_labels_and_domain_belong_together(
        self, layout: Layout, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        root, made = written(layout, tmp_path_factory)
        for number, (domain, images) in enumerate(made.items()):
            dataset, seen = opened(layout, root, domain), 0
            dataset.prepare()
            for split in SPLITS:
                labels, domains = painted(np.asarray(dataset.images(split)[:]))
                assert labels == dataset.labels(split).tolist()
                assert set(domains) == {number}
                seen += len(labels)
            assert seen == len(images)

    def test_published_splits_are_kept(
        self, layout: Layout, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        root, made = written(layout, tmp_path_factory)
        if not any(layout.splits):
            pytest.skip('no split is published')
        for domain, images in made.items():
            dataset = opened(layout, root, domain)
            dataset.prepare()
            found = {split: set(dataset.names(split)) for split in SPLITS}
            assert all(found.values())
            if 'val' not in layout.splits:
                found['train'] |= found.pop('val')
            for split, names in found.items():
                assert names == {dataset.relative(item.path) for item in images if item.split == split}

    def test_no_image_is_opened_for_the_listing(
        self, layout: Layout, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root, made = written(layout, tmp_path_factory)

        def fail(*_: object, **__: object) -> None:
            raise AssertionError('an image was opened')

        monkeypatch.setattr(Image, 'open', fail)
        for domain in made:
            dataset = opened(layout, root, domain)
            assert dataset.listing()
            assert dataset.options()['files']

    def test_the_root_may_be_the_folder_of_the_set(
        self, layout: Layout, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        root, made = written(layout, tmp_path_factory)
        domain = layout.domains[-1]
        assert len(opened(layout, root / layout.folder, domain).listing()) == len(made[domain])

    def test_no_two_domains_share_an_id(
        self, layout: Layout, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        root, made = written(layout, tmp_path_factory)
        ids: list[str] = []
        for domain in made:
            dataset = opened(layout, root, domain)
            dataset.prepare()
            ids += [one for split in SPLITS for one in dataset.ids(split)]
        assert len(set(ids)) == len(ids) == sum(map(len, made.values()))

    def test_classes_are_in_their_published_order(self) -> None:
        classes = self.layouts[0].dataset.classes
        assert len(set(classes)) == len(classes) == self.count
        assert {label: classes[label] for label in self.some} == self.some

    def test_a_domain_that_does_not_exist_has_a_suggestion(self) -> None:
        dataset = self.layouts[0].dataset
        known = dataset.domains[0]
        with pytest.raises(UserError, match=rf"unknown domain '{known}s'; did you mean '{known}'"):
            dataset(f'{known}s')

    def test_missing_data_says_where_it_belongs(self, tmp_path: Path) -> None:
        layout = self.layouts[0]
        with pytest.raises(MissingDataError) as caught:
            opened(layout, tmp_path, layout.domains[0]).prepare()
        for said in (layout.dataset.title, str(tmp_path), layout.dataset.layout, layout.dataset.homepage):
            assert said in str(caught.value)

    @pytest.mark.filterwarnings('default:.*was published with')
    def test_another_count_than_published_is_said(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        layout = self.layouts[0]
        root, made = written(layout, tmp_path_factory)
        dataset = opened(layout, root, layout.domains[0])
        said = rf'the {layout.domains[0]} part of {re.escape(layout.dataset.title)} was published with '
        said += rf'{dataset.published:,} images, here it has {len(made[layout.domains[0]])};'
        with pytest.warns(UserWarning, match=said):
            dataset.listing()

    def test_two_domains_make_a_batch(self, layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> None:
        if len(layout.domains) < 2:
            pytest.skip('has one domain alone')
        root, _ = written(layout, tmp_path_factory)
        source, target = (opened(layout, root, domain) for domain in layout.domains[:2])
        data = DomainPair(source, target, batch_size=4)
        data.prepare_data()
        data.setup()
        batch = next(iter(data.train_dataloader()))
        images, labels = batch['source']
        assert images.shape == batch['target'].shape == (4, 3, 8, 8)
        assert painted((images * 255).numpy()) == (labels.tolist(), [0] * 4)
        assert painted((batch['target'] * 255).numpy())[1] == [1] * 4
