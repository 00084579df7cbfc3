"""Rewards solutions for verl.

``reward.custom_reward_function.path=pkg://acecoder.adapters.verl``,
``reward.custom_reward_function.name=compute_score``. verl's reward loop awaits it. One call sends the whole test
specification. Every answer has the same keys.
"""

from collections.abc import Mapping
from typing import Any

from clients.adapters.columns import name_of_row
from clients.adapters.verdicts import judge, metrics_of, require_reward


async def compute_score(
    data_source: object, solution_str: str, ground_truth: object, extra_info: object = None, **_: Any
) -> dict[str, float]:
    """Reward a solution by its ground truth.

    Raises:
        NoVerdictError: there is no verdict, which verl has no value for. For a row that cannot be judged,
            ``ACECODER_BAD_ROW_REWARD`` may give one.
    """
    names = name_of_row(extra_info if isinstance(extra_info, Mapping) else {}, "ground_truth")
    (result,) = await judge([solution_str], [ground_truth], names=names)
    return {"score": require_reward(result), **metrics_of(result)}
