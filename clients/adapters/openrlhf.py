"""Rewards completions for OpenRLHF: ``--reward.remote_url /path/to/clients/adapters/openrlhf.py``.

OpenRLHF loads this file and calls ``reward_func``.
"""

from collections.abc import Sequence
from typing import Any

from clients.adapters.verdicts import judge_sync, metrics_of, require_reward
from clients.completions import completion_of


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[object]) -> dict[str, Any]:
    """Reward the completion after each prompt. No verdict, or no prompt in its query, is an error, not a reward."""
    import torch  # noqa: PLC0415 - OpenRLHF depends on torch, the client does not

    texts = [completion_of(query, prompt)[0] for query, prompt in zip(queries, prompts, strict=True)]
    results = judge_sync(texts, labels)
    rewards = torch.tensor([require_reward(result) for result in results])
    rates = torch.tensor([float(result.pass_rate or 0.0) for result in results])
    logs = {
        name: torch.tensor([metrics_of(result)[name] for result in results])
        for name in metrics_of(results[0])
    }
    return {"rewards": rewards, "scores": rates, "extra_logs": logs}
