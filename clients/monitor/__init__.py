"""Watches the rewards of an RL run: measures each step, records it, and warns or stops when rewards become unsound.

A training uses ``RewardMonitor``. ``measures`` computes the measures of a step, ``thresholds`` decides about alarms;
both are pure.
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
