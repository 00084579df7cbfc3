"""AReaL: give ``reward_fn`` to its workflow; it runs in a process pool and has 15 seconds, so ours answers in 12."""

from typing import Any

from clients.adapters.verdicts import certain, judge_sync, truths_of

DEADLINE_S = 12.0


def reward_fn(
    prompt: object, completions: str, prompt_ids: object, completion_ids: object, **row: Any
) -> float:
    """Reward a completion by the tests in its row. Raises ``NoVerdictError``: AReaL tries again."""
    (result,) = judge_sync([completions], [truths_of(row)], deadline_s=DEADLINE_S)
    return certain(result)
