"""The contact sheet: classes below one another, samples of the domains side by side."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont, ImageOps

from dann.datasets.checks.checking import Check
from dann.datasets.checks.listing import Entry, same_class
from dann.datasets.checks.reading import picture
from dann.datasets.checks.report import NONE

CELL = 96
GAP = 4
ROWS = 40
COLUMNS = 12
SIDE = 200
HEAD = 56
INK, FAINT, PAPER, EMPTY = '#1a1a1a', '#5c5c5c', '#ffffff', '#ececec'


def contact_sheet(check: Check) -> Image.Image | None:
    """Return samples of every class and domain, or ``None`` where no image can be shown.

    Samples are taken evenly from the listing. Beyond 40 classes the first are shown, and the title says so.

    Args:
        check: What was read.
    """
    found: dict[str, dict[str, list[Entry]]] = {}
    for entry, facts in check.read:
        if entry.domain and entry.label is not None and not facts.fault:
            found.setdefault(same_class(entry.label), {}).setdefault(entry.domain, []).append(entry)
    if not found:
        return None
    domains = [domain for domain in check.listing.domains if any(domain in row for row in found.values())]
    return _Sheet(check, found, domains).image


class _Sheet:
    def __init__(self, check: Check, found: dict[str, dict[str, list[Entry]]], domains: list[str]) -> None:
        self.check, self.found, self.domains = check, found, domains
        self.each = max(1, COLUMNS // (2 * len(domains)) * 2 if len(domains) < 4 else COLUMNS // len(domains))
        self.block = self.each * (CELL + GAP) + 3 * GAP
        self.rows = sorted(found)[:ROWS]
        size = (SIDE + len(domains) * self.block + GAP, HEAD + len(self.rows) * (CELL + GAP) + GAP)
        self.image = Image.new('RGB', size, PAPER)
        self.draw = ImageDraw.Draw(self.image)
        folder = Path(mpl.get_data_path()) / 'fonts' / 'ttf'
        self.small = ImageFont.truetype(str(folder / 'DejaVuSans.ttf'), size=12)
        self.large = ImageFont.truetype(str(folder / 'DejaVuSans-Bold.ttf'), size=14)
        self._head()
        for number, name in enumerate(self.rows):
            self._row(name, HEAD + number * (CELL + GAP))

    def _head(self) -> None:
        some = f'first {len(self.rows)} of ' if len(self.rows) < len(self.found) else ''
        whole = f'{self.check.listing.name}: {some}{len(self.found)} classes, {len(self.check.read)} images'
        self._text((GAP * 2, 8), whole, self.image.width - 4 * GAP, self.large)
        for column, domain in enumerate(self.domains):
            count = sum(part.total() for part in self.check.counts[domain].values())
            left = SIDE + column * self.block
            self._text((left, 32), f'{domain} ({count})', self.block - 4 * GAP, self.large)

    def _row(self, name: str, top: int) -> None:
        self._text((GAP * 2, top + 8), _written(self.found[name]), SIDE - 4 * GAP, self.large)
        for line, domain in enumerate(self.domains[:4]):
            count = len(self.found[name].get(domain, []))
            place = (GAP * 2, top + 30 + 16 * line)
            self._text(place, f'{count} {domain}', SIDE - 4 * GAP, self.small, FAINT)
        for column, domain in enumerate(self.domains):
            entries = self.found[name].get(domain, [])
            for cell in range(self.each):
                left = SIDE + column * self.block + cell * (CELL + GAP)
                self._cell(entries, cell, (left, top))

    def _cell(self, entries: list[Entry], cell: int, place: tuple[int, int]) -> None:
        chosen = min(len(entries), self.each)
        if cell >= chosen:
            self.draw.rectangle((*place, place[0] + CELL - 1, place[1] + CELL - 1), fill=EMPTY)
            return
        entry = entries[cell * len(entries) // chosen]
        shown = picture(self.check.listing, entry)
        nearest = max(shown.size) < CELL // 2
        how = Image.Resampling.NEAREST if nearest else Image.Resampling.LANCZOS
        shown = ImageOps.contain(shown, (CELL, CELL), how)
        room = (CELL - shown.width) // 2, (CELL - shown.height) // 2
        self.draw.rectangle((*place, place[0] + CELL - 1, place[1] + CELL - 1), fill=EMPTY)
        self.image.paste(shown, (place[0] + room[0], place[1] + room[1]))

    def _text(
        self,
        place: tuple[int, int],
        text: str,
        width: int,
        font: ImageFont.FreeTypeFont,
        ink: str = INK,
    ) -> None:
        """Write one line; one that is too long loses its middle, since names may begin alike."""
        whole, kept = text, len(text)
        while kept > 1 and self.draw.textlength(text, font=font) > width:
            kept -= 1
            text = f'{whole[: kept - kept // 2]}…{whole[len(whole) - kept // 2 :]}'
        self.draw.text(place, text, font=font, fill=ink)


def _written(row: dict[str, list[Entry]]) -> str:
    return (next(iter(row.values()))[0].label or '').strip() or NONE
