"""The user's own images in a folder."""

from __future__ import annotations

from pathlib import Path

from dann.core.errors import UserError, check
from dann.datasets.own.groups import FOLDER, folder_below, is_group_file, with_groups
from dann.datasets.own.shared import (
    check_command,
    classes_of,
    domain_name,
    file_signature,
    parse_split,
    validate_domain,
)
from dann.datasets.storage.decoding import image_files, is_image_name, is_no_data
from dann.datasets.storage.file_domain import FileDomain, Fit, Item, Keep

WRAPPERS = ('images', 'image', 'imgs', 'img', 'data', 'photos')


class Folder(FileDomain):
    """The user's own images in folders: root/domain/class/image, or root/domain/{train,val,test}/class/image.

    A folder ``images`` or ``data`` that holds all of a domain or a split, as in Office-31, is passed through.
    The classes of a domain are the names of its class folders, sorted; numbers stand in their order. A domain
    whose images lie in no class folder has no labels: it can be a target to train on, to predict for and
    to rank methods on, and its classes are those of the other domains.

    Args:
        root: Folder of the domains.
        domain: Name of the domain's folder.
        size: Height and width in pixels to which each image is brought.
        val: Share of the images that form the validation split, where there is no folder of it.
        test: The same for the test split.
        seed: Of the split.
        keep: Where pixels are during a run: ``memory``, or ``disk`` (decoded once, mapped from the cache), or
            ``files`` (decoded anew for each batch); ``auto`` is ``memory`` up to 1 GiB and ``files`` above.
        fit: How an image that is not square is made one: ``crop`` to the middle of its longer side, which keeps
            proportions, or ``squash`` all of it.
        groups: Where the group of each image is said, by which figures are told apart: ``folder`` for the folder below
            its class, ``root/domain/class/group/image``, or a CSV file with the columns path, below the root, and
            group. ``None`` for no groups.
    """

    title = 'a folder of images'
    licence = 'that of the images'
    homepage = ''
    layout = 'root/domain/class/image'
    shared = True

    def __init__(
        self,
        root: str,
        domain: str,
        size: int = 64,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        keep: Keep = 'auto',
        fit: Fit = 'crop',
        groups: str | None = None,
    ) -> None:
        super().__init__(size, val, test, seed, root, keep, fit)
        check(
            groups in (None, FOLDER) or is_group_file(groups),
            f'expected `groups` of a folder to be {FOLDER!r} or a .csv file, got {groups!r}',
        )
        self.grouped_by = groups
        self.path = self.places[0]
        domains = self.domains_of(self.path)
        if domain not in domains and (deeper := wrapping(self.path)) and (deeper / domain).is_dir():
            raise UserError(f'{self.path} has no domain {domain}, but {deeper} has; name that folder')
        self.domain = validate_domain(domain, domains, self.path)
        self.name = domain_name(self.path, domain)
        labels = {name: _classes(self.path / name) for name in domains}
        self._labelled = bool(labels[domain])
        self.classes = classes_of(domain, labels, self.path)
        if found := nested(self.path / domain):
            raise UserError(
                f'{found[0]} is the one class folder of {self.name} and holds the folders '
                f'{", ".join(inner.name for inner in found[1:][:5])}; if these are the classes, move them up by one '
                'folder'
            )

    @staticmethod
    def domains_of(root: Path) -> list[str]:
        """Return the names of the domains below ``root``.

        Raises:
            UserError: It cannot be read.
        """
        try:
            return [path.name for path in _folders(root)]
        except OSError as error:
            raise UserError(f'cannot read {root} ({error.strerror}); check the path') from error

    @property
    def labelled(self) -> bool:
        """Whether there are class folders."""
        return self._labelled

    @property
    def advice(self) -> str:
        """The command that finds all that is wrong with the files."""
        return f'or see all with {check_command(self.path)}'

    def fingerprint(self, path: Path) -> str:
        """Return size and middle of a file."""
        return file_signature(path)

    def listing(self) -> list[Item]:
        """Return every image, split by split and class by class."""
        items: list[Item] = []
        for split, folder in _parts(self.path / self.domain):
            loose = _images(folder)
            if self.labelled and loose:
                raise UserError(
                    f'{loose[0]} lies in no class folder and others of {self.name} do; move it into one, {self.advice}'
                )
            if not self.labelled:
                items += [Item(path, None, split) for path in image_files(folder)]
            for inner in _folders(folder) if self.labelled else ():
                items += [self._item(path, inner, split) for path in image_files(inner)]
        if not items:
            raise UserError(f'{self.path / self.domain} holds no image; add some, {self.advice}')
        return with_groups(items, self.grouped_by, self.item_name)

    def _item(self, path: Path, label: Path, split: str | None) -> Item:
        group = folder_below(path, label) if self.grouped_by == FOLDER else None
        return Item(path, label.name, split, group=group)


def _folders(parent: Path) -> list[Path]:
    return sorted(path for path in parent.iterdir() if path.is_dir() and not is_no_data(path.name))


def _images(folder: Path) -> list[Path]:
    """Image files in a folder itself; a class may be called ``cat.jpg``."""
    return sorted(path for path in folder.iterdir() if is_image_name(path.name) and path.is_file())


def unwrapped(folder: Path) -> Path:
    """Return the folder ``images``, or one of such a name, where it is all that a folder holds; else the folder."""
    inner = _folders(folder)
    alone = len(inner) == 1 and inner[0].name.lower() in WRAPPERS and not _images(folder)
    return inner[0] if alone else folder


def wrapping(root: Path) -> Path | None:
    """Return the one folder of ``root`` where the domains seem to lie in it, one folder deeper; else ``None``."""
    try:
        only = _folders(root)
        inside = _folders(only[0]) if len(only) == 1 else []
        filled = len(inside) > 1 and all(map(_folders, inside))
    except OSError:  # what cannot be read is said elsewhere
        return None
    return only[0] if filled and not all(parse_split(each.name) for each in inside) else None


def nested(domain: Path) -> list[Path]:
    """Return the one class folder of a domain and the folders in it, where these may be the classes; else nothing."""
    classes = {inner for _, part in _parts(domain) for inner in _folders(part)}
    if len(classes) != 1:
        return []
    (only,) = classes
    inside = _folders(only)
    return [only, *inside] if len(inside) > 1 and not _images(only) else []


def _parts(folder: Path) -> list[tuple[str | None, Path]]:
    """Folders of the splits, or the one of all images; ``train`` beside other names is a class."""
    whole = unwrapped(folder)
    inner = _folders(whole)
    if inner and all(parse_split(path.name) for path in inner):
        return [(parse_split(path.name), unwrapped(path)) for path in inner]
    return [(None, whole)]


def _classes(folder: Path) -> list[str]:
    return [inner.name for _, part in _parts(folder) for inner in _folders(part)]
