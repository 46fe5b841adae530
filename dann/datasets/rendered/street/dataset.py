"""The pair: street vehicles by day and by night."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dann.core.errors import check
from dann.datasets.base import SPLITS
from dann.datasets.rendered.street.light import Illumination, day, night
from dann.datasets.rendered.street.paint import painted_dark, repainted
from dann.datasets.rendered.street.render import render
from dann.datasets.rendered.street.scene import CLASSES, balanced, sample
from dann.datasets.storage.stored_domain import Samples, StoredDomain

DOMAINS = ('day', 'night')


class Street(StoredDomain):
    r"""Eight kinds of street vehicle, labelled by day, to be recognised by night.

    A taxi is a sedan's body with a roof sign; half of the taxis are yellow, and so is one sedan in ten, so
    only the sign tells. It is read by its shape by day and by its light by night.

    A scene (``scene``) is a vehicle of flat convex parts in metres (``cars``, ``heavy``) before a street
    (``backdrop``), seen by a pinhole camera (``geometry``). ``shading`` gives the radiance that leaves it,

    .. math:: L = \frac{\rho}{\pi} E + g L_{env} + L_e,

    with reflectance :math:`\rho`, illuminance :math:`E` by sun and sky or by street lamps and headlamps
    (``light``), gloss :math:`g` and glow :math:`L_e`. ``camera`` blurs it, meters it and counts electrons,

    .. math:: n \sim \mathrm{Poisson}(W q L) + \mathcal N(0, \sigma_r^2),
        \qquad y = \mathrm{round}\,255\, f(n / W),

    with the sRGB curve :math:`f`. Domains and splits draw from random streams of their own: no scene is seen
    twice, neither by day and by night. The same arguments give the same bits, with any number of threads.

    Args:
        domain: The light.
        severity: Depth of the night in [0, 1], from dusk to street lamps only; without effect by day.
        seed: Seed of every random stream, at least 0.
        size: Pixels per side, at least 16.
        train: Images in ``train``, at least 1; classes differ in number by at most one, in every split.
        val: Images in ``val``, at least 1.
        test: Images in ``test``, at least 1.
        root: Folder for the files; ``$DANN_CACHE`` or ``~/.cache/dann`` when ``None``.
        groups: ``paint`` to tell figures of dark and of light vehicles apart; the images are the same.
        linked: Share of the vehicles whose paint tells the class, in [0, 1]: sedans, taxis, SUVs and vans are light
            then, and all others dark. A network may learn the paint for the class.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        Noise: Foi et al., `Practical Poissonian-Gaussian Noise Modeling
        <https://doi.org/10.1109/TIP.2008.2001399>`_, sec. II. Metering at the geometric mean: Reinhard et
        al., `Photographic Tone Reproduction <https://doi.org/10.1145/566654.566575>`_, eqs. 1-2.
    """

    classes = CLASSES

    def __init__(
        self,
        domain: Literal['day', 'night'] = 'day',
        severity: float = 0.7,
        seed: int = 0,
        size: int = 48,
        train: int = 3000,
        val: int = 500,
        test: int = 1000,
        root: str | None = None,
        groups: Literal['paint'] | None = None,
        linked: float = 0.0,
    ) -> None:
        super().__init__(root)
        check(groups in (None, 'paint'), f"expected `groups` to be 'paint' or None, got {groups!r}")
        check(0 <= linked <= 1, f'expected `linked` in [0, 1], got {linked}')
        self.grouped_by, self.linked = groups, linked
        check(domain in DOMAINS, f'expected `domain` to be one of {DOMAINS}, got {domain!r}')
        check(0 <= severity <= 1, f'expected `severity` in [0, 1], got {severity}')
        check(seed >= 0, f'expected `seed` of at least 0, got {seed}')
        check(size >= 16, f'expected `size` of at least 16, got {size}')
        self.counts = {'train': train, 'val': val, 'test': test}
        for split, count in self.counts.items():
            check(count >= 1, f'expected `{split}` of at least 1, got {count}')
        self.domain, self.severity, self.seed, self.size = domain, severity, seed, size
        self.name = f'street/{domain}'

    def options(self) -> dict[str, Any]:
        """Return domain, seed, size, counts and, by night, severity."""
        facts: dict[str, Any] = {'domain': self.domain, 'seed': self.seed, 'size': self.size, **self.counts}
        facts |= {'groups': self.grouped_by} if self.grouped_by else {}
        facts |= {'linked': self.linked} if self.linked else {}
        return facts | ({'severity': self.severity} if self.domain == 'night' else {})

    @property
    def group_names(self) -> tuple[str, ...]:
        """``dark`` and ``light`` where groups were asked for."""
        return ('dark', 'light') if self.grouped_by else ()

    def illumination(self) -> Illumination:
        """Return the light on every scene of this domain."""
        return day if self.domain == 'day' else night(self.severity)

    def contact_sheet(self) -> dict[str, NDArray[np.uint8]]:
        """Return one scene of each class by day and, for the night, at several severities."""
        if self.domain == 'day':
            return {}
        _, by_day, nights = paired_examples(len(CLASSES), self.severity, self.seed, self.size)
        return {'day': by_day} | {f'severity {level:g}': night for level, night in nights.items()}

    def make(self) -> dict[str, Samples]:
        """Draw the splits, each of scenes of its own."""
        return {split: self._split(split, stream) for stream, split in enumerate(SPLITS)}

    def _split(self, split: str, stream: int) -> Samples:
        generator = np.random.default_rng([self.seed, DOMAINS.index(self.domain), stream])
        labels = balanced(self.counts[split], generator)
        scenes = sample(labels, generator)
        if self.linked:
            repainting = np.random.default_rng([self.seed, DOMAINS.index(self.domain), stream, 1])
            scenes = repainted(scenes, self.linked, repainting)
        images = render(scenes, self.illumination(), self.size)
        ids = np.array([f'street-{self.domain}-{split}-{index:06d}' for index in range(len(labels))])
        return Samples(images, labels, ids, groups=painted_dark(scenes) if self.grouped_by else None)


def paired_examples(
    count: int = 8, severity: float = 0.7, seed: int = 0, size: int = 48
) -> tuple[NDArray[np.int64], NDArray[np.uint8], dict[float, NDArray[np.uint8]]]:
    """Return the same scenes by day and by night, for a contact sheet; no split of ``Street`` contains them.

    Args:
        count: Number of scenes, at least 1; classes take turns.
        severity: Shown between dusk (0) and deep night (1).
        seed: Seed of the scenes.
        size: Pixels per side.

    Returns:
        Labels, shape ``(count,)``; day images, shape ``(count, 3, size, size)``; and night images of the
        same shape by severity in ascending order.
    """
    check(count >= 1, f'expected `count` of at least 1, got {count}')
    check(0 <= severity <= 1, f'expected `severity` in [0, 1], got {severity}')
    labels = np.arange(count, dtype=np.int64) % len(CLASSES)
    scenes = sample(labels, np.random.default_rng([seed, len(DOMAINS)]))
    nights = {level: render(scenes, night(level), size) for level in sorted({0.0, severity, 1.0})}
    return labels, render(scenes, day, size), nights
