"""One run is told what may be wrong, and not what Lightning advertises."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator

import pytest
from pytorch_lightning.utilities.warnings import PossibleUserWarning  # type: ignore[attr-defined]

from dann.engine.notices import LOGGERS, hush


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    with warnings.catch_warnings():
        warnings.simplefilter('always')
        yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_tips_are_silent_and_warnings_are_not(caplog: pytest.LogCaptureFixture) -> None:
    hush()
    log = logging.getLogger('pytorch_lightning.utilities.rank_zero')
    log.info('Tip: try litlogger')
    log.warning('the momentum is high')
    assert [record.message for record in caplog.records] == ['the momentum is high']


@pytest.mark.parametrize(
    ('message', 'category', 'heard'),
    [
        ('The dataloader does not have many workers', PossibleUserWarning, False),
        ('The dirpath has changed from a to b', UserWarning, False),
        ('`isinstance(treespec, LeafSpec)` is deprecated', FutureWarning, False),
        ('the loss is not finite', UserWarning, True),
    ],
)
def test_which_warnings_are_heard(message: str, category: type[Warning], *, heard: bool) -> None:
    hush()
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn(message, category, stacklevel=1)
    assert bool(caught) is heard
