"""AReaL: give ``reward_fn`` to its workflow, which hangs up after 15 seconds, tries four times and then takes a 0.

So the answer comes in 12, and a program that sleeps is stopped in 8: that is its verdict, and no missing answer.
"""

from typing import Any

from clients.adapters.verdicts import certain, judge_sync, limited, truths_of

DEADLINE_S = 12.0
IDLE_S = 8.0


def reward_fn(
    prompt: object, completions: str, prompt_ids: object, completion_ids: object, **row: Any
) -> float:
    """Reward a completion by the tests in its row. Raises ``NoVerdictError``: AReaL tries again."""
    limits = limited(total_wall_s=IDLE_S)
    (result,) = judge_sync([completions], [truths_of(row)], deadline_s=DEADLINE_S, limits=limits)
    return certain(result)
