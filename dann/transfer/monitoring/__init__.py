"""A deployed model on new samples: tests of drift with a stated rate of false alarms, and estimated accuracy.

``monitor`` does all of it; ``dann monitor`` is the same as a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dann.core.registry import imported_when_used

if TYPE_CHECKING:
    from dann.transfer.monitoring.deployed import monitor
    from dann.transfer.monitoring.drift_test import DriftTest
    from dann.transfer.monitoring.plan import Plan
    from dann.transfer.monitoring.report import MonitorReport
    from dann.transfer.monitoring.simulation import Simulation, simulate
    from dann.transfer.monitoring.stream import Batch, watch
    from dann.transfer.monitoring.window import Window

_HOMES = {
    'Batch': 'stream',
    'DriftTest': 'drift_test',
    'MonitorReport': 'report',
    'Plan': 'plan',
    'Simulation': 'simulation',
    'Window': 'window',
    'monitor': 'deployed',
    'simulate': 'simulation',
    'watch': 'stream',
}
__all__ = [
    'Batch',
    'DriftTest',
    'MonitorReport',
    'Plan',
    'Simulation',
    'Window',
    'monitor',
    'simulate',
    'watch',
]
__getattr__, __dir__ = imported_when_used(__name__, _HOMES)
