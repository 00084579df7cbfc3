"""Watches the rewards of an RL run: measures each step, writes it down, and warns or stops when they become unsound.

``RewardMonitor`` is what a training uses; ``measures`` and ``thresholds`` are pure.
"""

from clients.monitor.measures import Sample, StepMeasures, measure
from clients.monitor.monitor import RewardAlarmError, RewardMonitor
from clients.monitor.thresholds import Action, Alarm, Threshold

__all__ = [
    "Action",
    "Alarm",
    "RewardAlarmError",
    "RewardMonitor",
    "Sample",
    "StepMeasures",
    "Threshold",
    "measure",
]
