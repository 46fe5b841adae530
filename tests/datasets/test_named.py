"""The field's sets of image files are found in the layouts in which they are published."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import named_layouts as layouts
import pytest
from PIL import Image

from dann.datasets import (
    AMOS,
    PACS,
    DomainNet,
    DomainPair,
    ExDark,
    ImageCLEFDA,
    Office31,
    OfficeCaltech10,
    OfficeHome,
    VisDA2017,
)
from dann.datasets.base import SPLITS
from dann.datasets.named_domain import NamedDomain
from dann.datasets.public import MissingDataError
from dann.errors import UserError

pytestmark = pytest.mark.filterwarnings('ignore:.*was published with')
Write = Callable[[Path, str, int], None]


def plain(kind: type[NamedDomain], folder: str, inside: str = '') -> Write:
    """Return a writer of ``folder/<domain>/<inside>/<class>/<image>``."""
    return lambda root, domain, blue: layouts.folders(
        root / folder / domain / inside, kind.classes, brightness=blue
    )


def caltech(root: Path, domain: str, blue: int) -> None:
    names = layouts.caltech_names(OfficeCaltech10.classes) if domain == 'caltech' else OfficeCaltech10.classes
    layouts.folders(root / 'office_caltech_10' / domain, names, '.jpg', blue)


CASES: dict[str, tuple[type[NamedDomain], Write]] = {
    'office31': (Office31, plain(Office31, 'office31', 'images')),
    'office31-flat': (Office31, plain(Office31, 'office31')),
    'office-home': (OfficeHome, plain(OfficeHome, 'OfficeHome')),
    'office-caltech': (OfficeCaltech10, caltech),
    'pacs': (PACS, plain(PACS, 'PACS')),
    'visda': (VisDA2017, layouts.visda),
    'image-clef': (ImageCLEFDA, layouts.image_clef),
    'exdark': (
        ExDark,
        lambda root, _, blue: layouts.folders(root / 'ExDark', ExDark.classes, brightness=blue),
    ),
}


@pytest.fixture(params=CASES)
def case(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[type[NamedDomain], Path]:
    """A data set and a root that holds its first two domains."""
    kind, write = CASES[request.param]
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    for number, domain in enumerate(kind.domains[:2]):
        write(tmp_path, domain, 100 * number)
    return kind, tmp_path


def test_the_listing_has_every_image_of_the_domain_and_no_other(case: tuple[type[NamedDomain], Path]) -> None:
    kind, root = case
    for number, domain in enumerate(kind.domains[:2]):
        items = kind(domain, root=str(root)).listing()
        assert len(items) == 6 * len(kind.classes)
        assert len({item.path for item in items}) == len(items)
        for item in items:
            with Image.open(item.path) as image:
                red, _, blue = image.convert('RGB').getpixel((5, 5))  # type: ignore[misc]
            assert abs(red - 3 * kind.classes.index(str(item.label))) <= 2, item
            assert abs(blue - 100 * number) <= 3, item


def test_no_image_is_opened_for_the_index(
    case: tuple[type[NamedDomain], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, root = case
    monkeypatch.setattr(Image, 'open', lambda *_: pytest.fail('opened an image'))
    assert kind(kind.domains[0], root=str(root)).items


def test_splits_hold_each_image_once_with_its_label(case: tuple[type[NamedDomain], Path]) -> None:
    kind, root = case
    domain = kind(kind.domains[0], size=8, val=0.2, test=0.2, root=str(root))
    domain.prepare()
    seen: list[str] = []
    for split in SPLITS:
        reds = domain.images(split)[:][:, 0].float().mean(dim=(1, 2))
        assert (reds - 3 * domain.labels(split)).abs().max() <= 2
        seen += domain.ids(split)
    assert len(seen) == len(set(seen)) == 6 * len(kind.classes)
    assert set(domain.labels('train').tolist()) == set(range(len(kind.classes)))


def test_a_partial_copy_is_said(case: tuple[type[NamedDomain], Path]) -> None:
    kind, root = case
    domain = kind(kind.domains[0], root=str(root))
    with pytest.warns(
        UserWarning,
        match=rf'was published with {domain.published:,} images, here it has {6 * len(kind.classes):,}',
    ):
        domain.listing()


KINDS: list[type[NamedDomain]] = [
    AMOS, DomainNet, ExDark, ImageCLEFDA, Office31, OfficeCaltech10, OfficeHome, PACS, VisDA2017,
]  # fmt: skip


@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.__name__)
def test_what_is_missing_or_misspelt(kind: type[NamedDomain], tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match='place it as'):
        kind(kind.domains[0], root=str(tmp_path)).listing()
    with pytest.raises(UserError, match='unknown domain'):
        kind('nowhere', root=str(tmp_path))


def test_spellings_of_the_real_world(tmp_path: Path) -> None:
    for number, spelling in enumerate(('Real World', 'RealWorld', 'Real_World')):
        layouts.folders(tmp_path / str(number) / 'OfficeHome' / spelling, OfficeHome.classes, count=1)
        assert len(OfficeHome('Real World', root=str(tmp_path / str(number))).listing()) == 65


def test_domainnet_has_the_published_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    layouts.domainnet(tmp_path, 'sketch')
    domain = DomainNet('sketch', root=str(tmp_path))
    assert len(DomainNet.classes) == 345
    splits = [item.split for item in domain.listing()]
    assert (splits.count('train'), splits.count('test')) == (3 * 345, 3 * 345)
    assert all((int(item.path.stem) >= 3) == (item.split == 'test') for item in domain.items)


def test_visda_is_judged_by_the_mean_over_classes() -> None:
    assert VisDA2017.metric == 'mean class accuracy'
    assert Office31.metric == 'accuracy'


def test_two_domains_make_a_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DANN_CACHE', str(tmp_path / 'cache'))
    for number, domain in enumerate(('amazon', 'webcam')):
        CASES['office31'][1](tmp_path, domain, 100 * number)
    source, target = (
        Office31(domain, size=8, val=0.2, test=0.2, root=str(tmp_path)) for domain in ('amazon', 'webcam')
    )
    pair = DomainPair(source, target, batch_size=16)
    pair.prepare_data()
    pair.setup()
    batch = next(iter(pair.train_dataloader()))
    assert batch['source'][0].shape == batch['target'].shape == (16, 3, 8, 8)
    assert (batch['target'][:, 2] > 0.3).all()


@pytest.mark.skipif(
    not (Path(os.environ.get('DANN_DATA', '')) / 'amos_day_night').is_dir(), reason='needs AMOS in $DANN_DATA'
)
def test_the_genuine_amos() -> None:
    for domain, published in AMOS.sizes.items():
        drawn = AMOS(domain, splits='drawn')
        assert published - 2 <= len(drawn.items) <= published
        trained = {item.label for item in drawn.items if item.split == 'train'}
        assert trained == set(AMOS.classes)
