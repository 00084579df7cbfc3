"""Rewards completions for AReaL: pass ``reward_fn`` to its workflow.

AReaL waits 15 s for a reward, calls four times, and then uses 0. So the request's deadline is 12 s, and a program that
sleeps is stopped after 8 s: it gets a verdict before AReaL stops waiting.
"""

from typing import Any

from clients.adapters.columns import ground_truth_of, name_of_row
from clients.adapters.verdicts import judge_sync, require_reward, with_default_limits

DEADLINE_S = 12.0
"""Deadline of a request, below AReaL's 15 s."""
IDLE_S = 8.0
"""Wall seconds that all tests of a program may be idle, below the deadline."""


def reward_fn(
    prompt: object, completions: str, prompt_ids: object, completion_ids: object, **row: Any
) -> float:
    """Reward a completion by the tests in its row. Without a verdict, raise ``NoVerdictError``: AReaL retries."""
    limits = with_default_limits(total_wall_s=IDLE_S)
    truths, names = [ground_truth_of(row)], name_of_row(row)
    (result,) = judge_sync([completions], truths, names=names, deadline_s=DEADLINE_S, limits=limits)
    return require_reward(result)
