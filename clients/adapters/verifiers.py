"""Rewards replies for verifiers and prime-rl, with any taskset.

``--env.taskset.task.rewards.acecoder.fn acecoder.adapters.verifiers.pass_rate``
"""

from typing import Any

from clients.adapters.columns import ground_truth_of, name_of_row
from clients.adapters.verdicts import judge, metrics_of, require_reward


async def pass_rate(task: Any, trace: Any) -> float:
    """Reward the last reply by the tests in its task.

    Raises:
        NoVerdictError: there is no verdict; verifiers then leaves the rollout out.
    """
    row = task.model_dump()
    (result,) = await judge([trace.last_reply], [ground_truth_of(row)], names=name_of_row(row))
    trace.record_metrics({f"acecoder/{name}": value for name, value in metrics_of(result).items()})
    return require_reward(result)
