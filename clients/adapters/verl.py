"""Rewards solutions for verl.

``reward.custom_reward_function.path=pkg://acecoder.adapters.verl``,
``reward.custom_reward_function.name=compute_score``. verl's reward loop awaits it. One call sends the whole test
specification. Every answer has the same keys.
"""

from typing import Any

from clients.adapters.verdicts import judge, metrics_of, require_reward


async def compute_score(
    data_source: object, solution_str: str, ground_truth: object, extra_info: object = None, **_: Any
) -> dict[str, float]:
    """Reward a solution by its ground truth.

    Raises:
        NoVerdictError: there is no verdict, which verl has no value for.
    """
    (result,) = await judge([solution_str], [ground_truth])
    return {"score": require_reward(result), **metrics_of(result)}
