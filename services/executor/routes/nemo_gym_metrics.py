"""Computes the metrics of NeMo-Gym's ``/aggregate_metrics``. Pure.

Only numbers of which a mean and a deviation can be computed are let through: ``find_fault`` names the first other one.
"""

from collections import defaultdict
from statistics import fmean, pstdev
from typing import Any

_TASK, _ROLLOUT = "_ng_task_index", "_ng_rollout_index"
"""Fields that NeMo-Gym adds to a row: which task it is, and which rollout of the task."""
_LARGEST = 1e100
"""Largest number that is aggregated: its square, summed over all rows, is still a number."""


def find_fault(responses: list[dict[str, Any]]) -> tuple[str, str] | None:
    """Return the first field that cannot be aggregated, and what is wrong with it; ``None`` if there is none."""
    for row, response in enumerate(responses):
        for name, value in response.items():
            field = f"verify_responses[{row}].{name}"
            if name == _TASK and not isinstance(value, int | str | None):
                return field, "should be a number or a text, the index of a task"
            if isinstance(value, int | float) and not -_LARGEST <= value <= _LARGEST:
                return field, f"should be a number between -{_LARGEST:g} and {_LARGEST:g}"
    return None


def aggregate(responses: list[dict[str, Any]]) -> dict[str, Any]:
    """Return NeMo-Gym's ``AggregateMetrics``: mean, maximum, minimum and deviation of each number, per task and in all.

    Masked responses are only counted.
    """
    rewarded = [response for response in responses if not response.get("mask_sample")]
    by_task: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for response in rewarded:
        by_task[response.get(_TASK)].append(response)
    agent = _statistics(rewarded) | {"masked": float(len(responses) - len(rewarded))}
    return {
        "group_level_metrics": [{_TASK: task, **_statistics(rows)} for task, rows in by_task.items()],
        "agent_metrics": agent,
        "key_metrics": {
            name: agent[name] for name in ("mean/reward", "mean/pass_rate", "masked") if name in agent
        },
    }


def _statistics(rows: list[dict[str, Any]]) -> dict[str, float]:
    columns: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            if isinstance(value, int | float) and name not in (_TASK, _ROLLOUT, "mask_sample"):
                columns[name].append(float(value))
    statistics: dict[str, float] = {}
    for name, values in columns.items():
        statistics |= {
            f"mean/{name}": fmean(values),
            f"max/{name}": max(values),
            f"min/{name}": min(values),
            f"std/{name}": pstdev(values),
        }
    return statistics
