"""verifiers, prime-rl: ``--env.taskset.task.rewards.acecoder.fn clients.adapters.verifiers.pass_rate``, any taskset."""

from typing import Any

from clients.adapters.verdicts import certain, judge, numbers_of, truths_of


async def pass_rate(task: Any, trace: Any) -> float:
    """Reward the last reply by the tests in its task. Raises ``NoVerdictError``: verifiers leaves the rollout out."""
    (result,) = await judge([trace.last_reply], [truths_of(task.model_dump())])
    trace.record_metrics({f"acecoder/{name}": value for name, value in numbers_of(result).items()})
    return certain(result)
