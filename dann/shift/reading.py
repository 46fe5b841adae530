"""Sentences from the figures: how large a gap is, and what usually helps against it."""

from __future__ import annotations

from collections.abc import Sequence

from dann.shift.measure import Distances, Gap

LEVEL = 0.05  # of both tests
MODERATE, LARGE = 0.5, 1.5  # A-distances: a domain classifier's error of 37.5 % and of 12.5 %
NONE_SHOWN, SMALL, MEDIUM, BIG = 'no', 'small', 'moderate', 'large'

HELPS = {
    NONE_SHOWN: 'There is nothing to adapt to that this sample shows: train on the source alone.',
    SMALL: 'Training on the source alone is usually fine.',
    MEDIUM: 'Target statistics in batch norm (AdaBN), CORAL or MMD usually help.',
    BIG: 'Style transfer to the target (Reinhard, histogram matching, FDA), with an alignment on top, usually helps '
    'where light and colour differ; target statistics in batch norm (AdaBN) or MCC where shapes do. An alignment alone '
    'may not be enough.',
}
SKEWED = (
    'Aligning the marginals (DANN, MMD, CORAL) hurts under label shift, because it mixes classes up until their '
    'shares agree: weigh the source by the estimated shares, or align class by class.'
)
CONTRADICTED = (
    'Nothing is said about label shift: the predictions on the target moved, but no shares of the classes account for '
    'where they moved to, so that it is the look of a class that differs, or the classifier is too weak to tell.'
)
UNSURE = (
    'That holds only where a class looks the same in both domains; with a gap of this size the look alone may have '
    'moved the predictions, so nothing follows from it.'
)


def size_of(distances: Distances) -> str:
    """Return how large the gap is: ``no``, ``small``, ``moderate`` or ``large``.

    No gap is shown where the permutation test does not reject at 5 %. Else the A-distance decides: below 0.5, where
    a linear classifier takes more than three samples in eight for the other domain's, the gap is small; from 1.5 on,
    where it errs on one in eight or fewer, it is large. The bounds are conventions.
    """
    if distances.mmd.p_value > LEVEL:
        return NONE_SHOWN
    value = distances.a_distance.value
    return SMALL if value < MODERATE else MEDIUM if value < LARGE else BIG


def read(gap: Gap) -> str:
    """Return what the figures of one row say."""
    found, size = gap.distances, size_of(gap.distances)
    verdict = 'no gap shown' if size == NONE_SHOWN else f'{size} gap'
    test = 'does not reject' if size == NONE_SHOWN else 'rejects'
    value, width = found.a_distance.value, 1.96 * found.a_distance.standard_error
    return (
        f'{gap.name}: {verdict}. A linear classifier errs on {100 * found.a_distance.error:.1f} % of held-out samples '
        f'when it tells the domains apart (A-distance {value:.2f} ± {width:.2f}); the permutation test {test} that '
        f'both are one domain (p = {found.mmd.p_value:.3f}).'
    )


def advice(gap: Gap) -> list[str]:
    """Return what usually helps against a gap like this, and a warning where the classes' shares seem to differ."""
    size, shift = size_of(gap.distances), gap.label_shift
    if shift is None or shift.p_value > LEVEL:
        return [HELPS[size]]
    if not shift.consistent:
        return [HELPS[size], CONTRADICTED]
    figures = f'p = {shift.p_value:.3f}, condition number {shift.condition:.1f}'
    moved = (
        f"{100 * shift.distance:.0f} % of the target would have to change class to have the source's shares"
    )
    if size in (MEDIUM, BIG):
        return [HELPS[size], f'The predictions look like label shift: {moved} ({figures}). {UNSURE}']
    sentence = f'Label shift: {moved} (estimated without target labels, {figures}). {SKEWED}'
    return [HELPS[size], sentence]


def before_and_after(trained: Sequence[Gap]) -> str:
    """Return what adaptation did to the distance of the features; empty without source-only or another row."""
    before = next((gap for gap in trained if gap.name == 'source_only'), None)
    after = [gap for gap in trained if gap is not before and not gap.uses_target_labels]
    if before is None or not after:
        return ''
    closest = min(after, key=lambda gap: gap.distances.a_distance.value)
    lower = sum(gap.distances.a_distance.value < before.distances.a_distance.value for gap in after)
    return (
        f'Before and after adaptation: the A-distance of the features is {before.distances.a_distance.value:.2f} with '
        f'source_only and lower with {lower} of {len(after)} methods, lowest with {closest.name} '
        f'({closest.distances.a_distance.value:.2f}). Features that are closer are not better by that alone: '
        'a collapsed network has no gap either.'
    )
